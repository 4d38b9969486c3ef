namespace skiff {}
