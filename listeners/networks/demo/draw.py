"""Draws the pictures that the invented customers send: `python -m listeners.networks.demo.draw`."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 960, 720
SCALE = 2
SMALLEST_QUALITY, LARGEST_BYTES = 40, 40_000
Color = tuple[int, int, int]
Point = tuple[float, float]

INK: Color = (46, 52, 64)
MOSS: Color = (86, 128, 92)
CORAL: Color = (229, 106, 84)
NIGHT: Color = (52, 72, 118)
SAND: Color = (214, 190, 158)
CREAM: Color = (246, 240, 228)
SNOW: Color = (250, 250, 248)
KRAFT: Color = (196, 154, 104)


class Scene:
    """A canvas in picture coordinates, drawn large and made small at the end."""

    def __init__(self, wall: Color, floor: Color, *, seed: int, horizon: int = 470) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), wall)
        self.draw = ImageDraw.Draw(self.image)
        self.random = random.Random(seed)
        self.area([(0, horizon), (WIDTH, horizon), (WIDTH, HEIGHT), (0, HEIGHT)], floor)
        for _ in range(14):
            y = self.random.uniform(horizon, HEIGHT)
            self.line([(0, y), (WIDTH, y + self.random.uniform(-6, 6))], shade(floor, -8), 2)

    def area(self, points: Sequence[Point], color: Color, outline: Color | None = None) -> None:
        """Fill a polygon; its outline is thick."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.polygon(scaled, fill=color)
        if outline:
            self.draw.line([*scaled, scaled[0]], fill=outline, width=5 * SCALE, joint="curve")

    def line(self, points: Sequence[Point], color: Color, width: float = 5) -> None:
        """Draw a line with round joints."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, fill=color, width=round(width * SCALE), joint="curve")

    def dot(self, center: Point, radius: float, color: Color, outline: Color | None = None) -> None:
        """Draw a circle."""
        (x, y), r = center, radius
        box = [(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE]
        self.draw.ellipse(box, fill=color, outline=outline, width=4 * SCALE)

    def shadow(self, center: Point, width: float, height: float) -> None:
        """Lay a soft shadow on the floor."""
        layer = Image.new("L", self.image.size, 0)
        (x, y), w, h = center, width / 2, height / 2
        box = [(x - w) * SCALE, (y - h) * SCALE, (x + w) * SCALE, (y + h) * SCALE]
        ImageDraw.Draw(layer).ellipse(box, fill=110)
        dark = Image.new("RGB", self.image.size, (30, 30, 40))
        self.image.paste(dark, mask=layer.filter(ImageFilter.GaussianBlur(14 * SCALE)))

    def save(self, path: Path) -> None:
        """Write a JPEG as good as fits the size limit."""
        picture = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        for quality in range(88, SMALLEST_QUALITY, -4):
            picture.save(path, quality=quality, optimize=True, progressive=True)
            if path.stat().st_size <= LARGEST_BYTES:
                return


def shade(color: Color, by: int) -> Color:
    """Make a colour lighter or darker."""
    red, green, blue = (max(0, min(255, part + by)) for part in color)
    return red, green, blue


def curve(start: Point, middle: Point, end: Point, steps: int = 24) -> list[Point]:
    """Bend a line from start to end towards a point."""
    ts = [i / steps for i in range(steps + 1)]
    return [
        (
            (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * middle[0] + t * t * end[0],
            (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * middle[1] + t * t * end[1],
        )
        for t in ts
    ]


def shoe(scene: Scene, color: Color, *, at: Point = (0, 0), size: float = 1.0, lift: float = 0.0) -> None:
    """Draw a running shoe seen from the side, toe to the right; `lift` opens the sole at the toe."""

    def place(points: list[Point]) -> list[Point]:
        return [(at[0] + x * size, at[1] + y * size) for x, y in points]

    upper = [
        *curve((170, 500), (150, 380), (190, 300)),
        *curve((190, 300), (225, 262), (262, 300)),
        *curve((262, 300), (300, 350), (372, 318)),
        *curve((372, 318), (440, 290), (470, 330)),
        *curve((470, 330), (590, 420), (735, 440)),
        *curve((735, 440), (810, 455), (806, 505)),
    ]
    scene.area(place(upper), color, INK)
    scene.area(place([*curve((640, 428), (800, 430), (806, 505)), (640, 505)]), shade(color, -22))
    scene.line(place(curve((225, 490), (300, 380), (470, 478))), CREAM, 16 * size)
    scene.line(place(curve((290, 490), (350, 420), (500, 488))), CREAM, 10 * size)
    sole = [(160, 500), (660, 500), *curve((660, 500), (760, 500 + lift * 0.4), (826, 490 + lift))]
    under = [*curve((818, 522 + lift), (770, 560 + lift * 0.8), (650, 558)), (190, 562)]
    scene.area(place([*sole, *under, *curve((190, 562), (150, 550), (160, 500))]), SNOW, INK)
    scene.line(place([(180, 540), (650, 540)]), shade(color, 20), 7 * size)


def laces(scene: Scene, *, torn: bool) -> None:
    """Draw eyelets and laces; torn, the top eyelet has come out of the shoe."""
    for row in range(4):
        x, y = 395 + row * 52, 335 + row * 34
        if row == 0 and torn:
            continue
        scene.dot((x, y), 12, SAND, INK)
        scene.line([(x, y), (x - 34, y - 30)], SNOW, 13)
        scene.line([(x, y), (x - 34, y - 30)], shade(SNOW, -30), 2)
    if torn:
        _torn_eyelet(scene)


def _torn_eyelet(scene: Scene) -> None:
    hole = [(372, 318), (384, 348), (372, 362), (402, 358), (412, 376), (424, 350), (446, 348), (424, 326)]
    scene.area(hole, (34, 30, 34), INK)
    for x, y in hole:
        scene.line([(x, y), (x + scene.random.uniform(-16, 16), y - scene.random.uniform(4, 20))], CREAM, 3)
    scene.line(curve((447, 368), (480, 240), (560, 215)), SNOW, 13)
    scene.dot((566, 212), 17, SAND, INK)
    scene.dot((566, 212), 7, INK)
    for angle in range(0, 360, 45):
        tip = (566 + 30 * math.cos(math.radians(angle)), 212 + 30 * math.sin(math.radians(angle)))
        scene.line([(566, 212), tip], shade(MOSS, -30), 2)


def torn_eyelet() -> Scene:
    """A shoe whose top eyelet hangs on its lace."""
    scene = Scene((226, 232, 236), (188, 160, 128), seed=1)
    scene.shadow((490, 575), 720, 70)
    shoe(scene, CORAL)
    laces(scene, torn=True)
    _look_here(scene, (412, 345), 78)
    return scene


def loose_sole() -> Scene:
    """A shoe whose sole opens at the toe like a mouth."""
    scene = Scene((214, 222, 214), (150, 142, 130), seed=2)
    scene.shadow((500, 600), 740, 80)
    shoe(scene, MOSS, lift=78)
    scene.area(
        [*curve((650, 507), (760, 512), (812, 505)), *curve((822, 562), (750, 520), (650, 507))], (30, 26, 28)
    )
    laces(scene, torn=False)
    for x in range(690, 800, 18):
        scene.line([(x, 512), (x + 5, 524 + (x - 690) * 0.25)], SAND, 3)
    _look_here(scene, (760, 530), 92)
    return scene


def worn_heel() -> Scene:
    """A shoe whose heel is worn down to the foam."""
    scene = Scene((232, 226, 214), (170, 176, 184), seed=3)
    scene.shadow((490, 578), 720, 70)
    shoe(scene, NIGHT)
    laces(scene, torn=False)
    scene.area([*curve((150, 500), (200, 520), (300, 564)), (150, 575)], (170, 176, 184))
    scene.area(
        [*curve((160, 504), (205, 520), (305, 562)), *curve((280, 548), (220, 512), (176, 500))],
        (236, 198, 92),
    )
    for _ in range(40):
        scene.dot((scene.random.uniform(140, 290), scene.random.uniform(575, 625)), 3, (236, 198, 92))
    _look_here(scene, (215, 530), 90)
    return scene


def wrong_sizes() -> Scene:
    """Two shoes of one pair, one far larger."""
    scene = Scene((224, 230, 240), (176, 150, 126), seed=4)
    scene.shadow((330, 455), 480, 44)
    shoe(scene, CORAL, at=(40, 60), size=0.68)
    scene.shadow((620, 640), 620, 60)
    shoe(scene, CORAL, at=(110, 110), size=0.92)
    for x, y, length in ((150, 150, 430), (150, 205, 620)):
        scene.line([(x, y), (x + length, y)], INK, 5)
        for end in (x, x + length):
            scene.line([(end, y - 16), (end, y + 16)], INK, 5)
    return scene


def damaged_parcel() -> Scene:
    """A crushed parcel with a torn corner, in front of a door."""
    scene = Scene((128, 150, 140), (150, 144, 138), seed=5, horizon=540)
    scene.area([(250, 0), (760, 0), (760, 540), (250, 540)], (112, 62, 54), (84, 44, 40))
    scene.area([(310, 50), (700, 50), (700, 300), (310, 300)], (124, 72, 62), (84, 44, 40))
    scene.dot((712, 330), 16, (220, 190, 110), INK)
    scene.shadow((500, 650), 640, 70)
    front = [(230, 400), (420, 438), (610, 392), (740, 410), (728, 640), (500, 655), (250, 645), (266, 520)]
    scene.area(front, KRAFT, INK)
    scene.area(
        [(230, 400), (330, 330), (560, 352), (690, 318), (740, 410), (610, 392), (420, 438)],
        shade(KRAFT, 22),
        INK,
    )
    scene.area([(610, 392), (740, 410), (733, 505), (690, 470), (668, 500), (640, 440)], (40, 32, 28), INK)
    scene.area([(650, 452), (700, 420), (728, 470), (690, 490)], CORAL)
    scene.line([(418, 440), (440, 540), (410, 600)], shade(KRAFT, -40), 6)
    scene.line([(270, 520), (350, 540), (330, 600)], shade(KRAFT, -40), 6)
    scene.area([(455, 520), (590, 510), (592, 590), (460, 600)], SNOW, INK)
    for row in range(3):
        scene.line([(470, 540 + row * 18), (570 - row * 20, 534 + row * 18)], INK, 4)
    return scene


def broken_zipper() -> Scene:
    """A jacket on a hook whose zip has come away."""
    scene = Scene((236, 232, 222), (170, 140, 110), seed=6, horizon=660)
    scene.dot((480, 40), 14, (120, 120, 126), INK)
    body = [
        (370, 90),
        (590, 90),
        (720, 170),
        (800, 480),
        (720, 510),
        (670, 330),
        (680, 690),
        (280, 690),
        (290, 330),
    ]
    scene.area([*body, (240, 510), (160, 480), (240, 170)], NIGHT, INK)
    scene.area(
        [(370, 90), *curve((370, 90), (480, 170), (590, 90)), (560, 60), (400, 60)], shade(NIGHT, 26), INK
    )
    scene.area([(470, 130), (490, 130), (540, 690), (420, 690)], CREAM)
    for step in range(22):
        y = 180 + step * 24
        gap = (y - 150) * 0.11
        scene.line([(478 - gap, y), (468 - gap, y)], (190, 194, 200), 6)
        scene.line([(484 + gap, y + 8), (494 + gap, y + 8)], (190, 194, 200), 6)
    scene.line(curve((520, 470), (610, 500), (600, 590)), (190, 194, 200), 10)
    scene.area([(588, 580), (616, 584), (610, 640), (590, 636)], (220, 190, 110), INK)
    _look_here(scene, (560, 540), 105)
    return scene


def cracked_watch() -> Scene:
    """A sports watch with cracks across its glass."""
    scene = Scene((206, 214, 222), (206, 214, 222), seed=7)
    scene.shadow((496, 380), 420, 400)
    scene.area([(390, 20), (570, 20), (590, 220), (370, 220)], CORAL, INK)
    scene.area([(370, 500), (590, 500), (570, 700), (390, 700)], CORAL, INK)
    for y in (560, 600, 640):
        scene.dot((480, y), 10, shade(CORAL, -60))
    scene.dot((480, 360), 190, (60, 64, 72), INK)
    scene.dot((480, 360), 158, (24, 30, 40), INK)
    scene.line([(410, 330), (410, 400)], SNOW, 14)
    for x in (450, 510):
        scene.area([(x, 330), (x + 36, 330), (x + 36, 400), (x, 400)], (24, 30, 40), SNOW)
    scene.line([(400, 440), (560, 440)], MOSS, 12)
    for angle in (12, 70, 118, 165, 205, 262, 318):
        _crack(scene, (540, 300), angle)
    return scene


def _crack(scene: Scene, start: Point, angle: float) -> None:
    (x, y), points = start, [start]
    while math.dist((x, y), (480, 360)) < 148:
        angle += scene.random.uniform(-24, 24)
        x, y = x + 24 * math.cos(math.radians(angle)), y + 24 * math.sin(math.radians(angle))
        points.append((x, y))
    scene.line(points[:-1], (214, 226, 236), 3.5)


def finish_line() -> Scene:
    """A runner with her arms up under the arch of the finish."""
    scene = Scene((164, 206, 232), (128, 132, 140), seed=8, horizon=450)
    scene.area([(0, 380), *curve((0, 380), (480, 300), (960, 390)), (960, 450), (0, 450)], MOSS)
    scene.area([(170, 90), (230, 90), (230, 610), (170, 610)], CORAL, INK)
    scene.area([(730, 90), (790, 90), (790, 610), (730, 610)], CORAL, INK)
    scene.area([(150, 60), (810, 60), (810, 150), (150, 150)], CORAL, INK)
    for column in range(16):
        for row in range(2):
            x, y = 250 + column * 29, 76 + row * 29
            scene.area(
                [(x, y), (x + 29, y), (x + 29, y + 29), (x, y + 29)], INK if (column + row) % 2 else SNOW
            )
    scene.shadow((490, 650), 240, 36)
    skin, hair = (176, 120, 86), (60, 40, 34)
    scene.line([(470, 500), (430, 580), (400, 640)], skin, 34)
    scene.line([(500, 500), (540, 570), (520, 645)], skin, 34)
    scene.line([(400, 642), (368, 642)], SNOW, 26)
    scene.line([(520, 648), (562, 648)], SNOW, 26)
    scene.area([(436, 360), (540, 360), (532, 510), (442, 510)], NIGHT, INK)
    scene.line([(446, 372), (390, 300), (372, 220)], skin, 28)
    scene.line([(530, 372), (590, 300), (612, 220)], skin, 28)
    scene.area([(456, 400), (520, 400), (520, 452), (456, 452)], SNOW, INK)
    scene.dot((488, 300), 46, skin, INK)
    scene.area(
        [*curve((442, 300), (450, 236), (500, 250)), *curve((500, 250), (560, 270), (570, 350)), (530, 300)],
        hair,
    )
    scene.line(curve((470, 314), (488, 336), (508, 314)), INK, 5)
    _confetti(scene)
    return scene


def _confetti(scene: Scene) -> None:
    for _ in range(70):
        x, y = scene.random.uniform(40, 920), scene.random.uniform(160, 430)
        scene.dot(
            (x, y), scene.random.uniform(4, 8), scene.random.choice([CORAL, SNOW, (236, 198, 92), NIGHT])
        )


def faded_shirt() -> Scene:
    """A shirt whose printed stripes have come off in pieces."""
    scene = Scene((230, 226, 218), (230, 226, 218), seed=9)
    shirt = [(340, 110), (620, 110), (800, 220), (730, 350), (650, 310), (660, 660), (300, 660), (310, 310)]
    scene.area([*shirt, (230, 350), (160, 220)], MOSS, INK)
    scene.area([(370, 110), *curve((370, 110), (480, 200), (590, 110))], shade(MOSS, -40), INK)
    for row in range(3):
        scene.line(curve((370, 330 + row * 60), (480, 290 + row * 60), (590, 330 + row * 60)), CREAM, 26)
    for _ in range(90):
        x, y = scene.random.uniform(365, 600), scene.random.uniform(290, 470)
        scene.area([(x, y), (x + 20, y + 4), (x + 14, y + 18), (x - 4, y + 12)], MOSS)
    for _ in range(16):
        x, y = scene.random.uniform(340, 620), scene.random.uniform(500, 700)
        scene.area([(x, y), (x + 16, y + 3), (x + 10, y + 14)], CREAM)
    return scene


def _look_here(scene: Scene, center: Point, radius: float) -> None:
    """Circle the damage by hand, as people do before they send a picture."""
    points = [
        (
            center[0] + (radius + scene.random.uniform(-3, 3)) * math.cos(math.radians(angle)),
            center[1] + (radius * 0.92 + scene.random.uniform(-3, 3)) * math.sin(math.radians(angle)),
        )
        for angle in range(-20, 358, 14)
    ]
    scene.line(points, (214, 40, 40), 6)


PICTURES: tuple[Callable[[], Scene], ...] = (
    torn_eyelet,
    loose_sole,
    worn_heel,
    wrong_sizes,
    damaged_parcel,
    broken_zipper,
    cracked_watch,
    finish_line,
    faded_shirt,
)


def main() -> None:
    """Draw all pictures into `photos/`."""
    for picture in PICTURES:
        picture().save(Path(__file__).parent / "photos" / f"{picture.__name__.replace('_', '-')}.jpg")


if __name__ == "__main__":
    main()
