"""What is timed with a thousand containers. Each takes an engine and gives back milliseconds."""
import subprocess
import time

import image_builder

COUNT = 1000
IMAGES = 100


class Many:
    """The measures, for containers made from `image`."""

    def __init__(self, image):
        self.image = image

    def prepare(self, engine, what, make):
        """Once an engine: what a measure needs and does not change."""
        done = engine.__dict__.setdefault("prepared", set())
        if what not in done:
            make()
            done.add(what)

    def thousand(self, engine):
        self.prepare(engine, "thousand", lambda: engine.many(COUNT, 4, "create", "--name", "k{}", "--network", "none", self.image, "true"))

    def listing(self, engine):
        self.thousand(engine)
        return engine.time("ps", "-a")

    def completing(self, engine):
        self.thousand(engine)
        program, *flags = engine.argv()
        begin = time.perf_counter()
        subprocess.run([program, "__complete", *flags, "start", ""], env=engine.environment, check=True, capture_output=True)
        return (time.perf_counter() - begin) * 1000

    def inspecting(self, engine):
        self.thousand(engine)
        return engine.time("inspect", *[f"k{i}" for i in range(100)])

    def load_hundred(self, engine):
        """A hundred images: one layer that all have, and one of its own each."""
        for number in range(IMAGES):
            image = image_builder.Image()
            image.do_busybox()
            image.do_layer()
            image.layers[-1].add(f"own{number}", b"0", 0o644, str(number).encode() * 1000)
            archive = engine.box.directory.parent / "one-of-hundred.tar"
            image_builder.write_archive(archive, image.docker_members(f"localhost/df{number}:latest", "none"))
            engine.call("load", "-q", "-i", str(archive))

    def thousand_of_hundred(self, engine):
        self.load_hundred(engine)
        for group in range(COUNT // IMAGES):
            engine.many(IMAGES, 4, "create", "--name", f"d{group}-{{}}", "--network", "none", "localhost/df{}", "true")

    def usage(self, engine):
        self.prepare(engine, "usage", lambda: self.thousand_of_hundred(engine))
        return engine.time("system", "df")

    def removing(self, engine):
        self.thousand(engine)
        engine.prepared.remove("thousand")
        return engine.time("rm", *[f"k{i}" for i in range(COUNT)])


def measures(image):
    """name, function, share of the rounds (0: one), wanted ratio podman : skiff"""
    many = Many(image)
    return [
        ("ps -a, 1,000 containers", many.listing, 0.3, 25),
        ("complete, 1,000 containers", many.completing, 0.3, 15),
        ("inspect of 100 of 1,000", many.inspecting, 0.3, 6),
        ("rm of 1,000", many.removing, 0, 10),
        ("system df, 100 images, 1,000", many.usage, 0.3, 0),
    ]
