-- Containers that may need another one: their configurations are the only ones to look through before a removal.
CREATE INDEX container_needing ON container (id)
    WHERE instr(config, '"kind":"container"') > 0 OR instr(config, '"requires_containers"') > 0;
