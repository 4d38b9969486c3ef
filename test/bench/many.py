"""What is timed with a thousand containers. Each takes an engine and gives back milliseconds."""
import subprocess
import time

COUNT = 1000


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
    ]
