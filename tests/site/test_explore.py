"""Figures that move, on the built pages: by mouse, keyboard and touch, in light and dark, without scripts, on paper."""

import re
import time
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from scipy.signal import convolve2d, correlate2d

from dlnotes.data import digits
from tests.site.conftest import DESKTOP, PAGES, PHONE

BEFORE, FRAMES = 250_000, 400_000  # bytes of a page before the first touch, and of one figure's frames
DOCUMENTATION = "chapters/reference/explorers.html"
EXPLORERS = {
    "chapters/neural-networks/neural-network.html": ["neuron", "trained"],
    "chapters/neural-networks/optimisation.html": ["noisy", "descent"],
    "chapters/neural-networks/backpropagation.html": ["passes"],
    "chapters/neural-networks/hypernetworks.html": ["wave", "between"],
    DOCUMENTATION: ["wave", "picture", "stepper"],
}
EVERY = [(page, key) for page, keys in EXPLORERS.items() for key in keys]
READY = "[...document.querySelectorAll('.explore')].every((box) => 'ready' in box.dataset)"
COMPOSED = """
async (image) => { // what the eye sees: the frame's own pixels over the usual ones
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 });
    const ink = canvas.getContext("2d");
    const under = new Image();
    under.src = image.style.backgroundImage.slice(5, -2);
    await under.decode();
    for (const each of [under, image]) ink.drawImage(each, 0, 0, 40, 40);
    return [...ink.getImageData(0, 0, 40, 40).data].filter((_, i) => i % 4 === 0);
}
"""


def explorer(page, key):
    """The figure of that name, once its script has run."""
    page.wait_for_function(READY)
    return page.locator("figure", has=page.locator(f'.explore[data-state*=\'"name":"{key}"\']')).first


def first_input(figure):
    return figure.locator(".explore input:not([type=number])").first


def look(figure):
    """What the figure shows: its picture and its tables."""
    image = figure.locator("img")
    shown = image.evaluate(COMPOSED) if image.evaluate("(image) => image.style.backgroundImage") else "the still"
    return shown, figure.locator("table").all_inner_texts()


def query(page):
    """The address's query, after the hand has rested."""
    page.wait_for_timeout(500)
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def changes(figure, act):
    """Whether the picture changes within two seconds of `act`."""
    before = look(figure)
    act()
    for _ in range(100):
        if look(figure) != before:
            return True
        figure.page.wait_for_timeout(20)
    return False


def move(figure):
    """By keyboard, away from where the first control stands."""
    control = first_input(figure)
    at_end = control.evaluate("(c) => c.type === 'range' && c.value === c.max")
    control.press("ArrowLeft" if at_end else "ArrowRight")


def test_every_explorer_is_mounted(soups):
    found = {page: len(soups[page].select("figure .explore")) for page in PAGES if soups[page].select(".explore")}
    assert found == {page: len(keys) for page, keys in EXPLORERS.items()}
    for page in EXPLORERS:
        for box in soups[page].select(".explore"):
            figure = box.find_parent("figure")
            assert figure.select_one("img")["alt"] and figure.figcaption.text.strip()


@pytest.mark.parametrize(("name", "key"), EVERY)
def test_keyboard_address_reload_reset(reader, name, key):
    page, visit = reader.open(name, viewport=DESKTOP)
    figure = explorer(page, key)
    assert query(page) == {}
    assert changes(figure, lambda: move(figure))
    asked, shown = query(page), look(figure)
    assert [each.partition(".")[0] for each in asked] == [key]
    assert figure.locator("[role=status]").inner_text().strip() != "", "the values are announced once settled"
    page.reload()
    figure = explorer(page, key)
    assert look(figure) == shown
    assert query(page) == asked
    assert changes(figure, figure.get_by_role("button", name="Reset").click)
    page.wait_for_function("location.search === ''")  # the address follows the picture
    page.close()
    assert visit.complaints == [] and visit.elsewhere == []


def test_the_latest_wish_wins(reader):
    """Many moves in one breath: the picture that stays is that of the last."""
    name = "chapters/neural-networks/neural-network.html"
    page, _ = reader.open(name, viewport=DESKTOP)
    slider = first_input(explorer(page, "neuron"))
    slider.evaluate(
        """(input) => {
            for (const value of [-2, 1, -1, 2, 0, -1]) {
                input.value = value;
                input.dispatchEvent(new Event("input", { bubbles: true }));
            }
        }"""
    )
    asked = query(page)
    page.wait_for_timeout(500)
    rushed = look(explorer(page, "neuron"))
    page.reload()
    page.wait_for_timeout(500)
    assert asked == {"neuron.w1": "-1"}
    assert look(explorer(page, "neuron")) == rushed != ("the still", [])
    page.close()


@pytest.mark.parametrize(("name", "key"), EVERY)
def test_mouse(reader, name, key):
    page, _ = reader.open(name, viewport=DESKTOP)
    figure = explorer(page, key)
    slider = figure.locator("input[type=range]").last
    if slider.count():
        slider.scroll_into_view_if_needed()
        low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
        box, share = slider.bounding_box(), (float(slider.input_value()) - low) / (high - low)
        to = "max" if share < 0.5 else "min"

        def drag():
            middle = box["y"] + box["height"] / 2
            page.mouse.move(box["x"] + 8 + (box["width"] - 16) * share, middle)
            page.mouse.down()
            page.mouse.move(box["x"] + (box["width"] - 2 if to == "max" else 2), middle, steps=8)
            page.mouse.up()

        assert changes(figure, drag)
        assert slider.input_value() == slider.get_attribute(to)
    else:
        assert changes(figure, figure.locator("input[type=radio]").nth(3).click)
    assert query(page)
    page.close()


@pytest.mark.parametrize(("name", "key"), EVERY)
def test_touch_on_a_phone(reader, name, key):
    page, visit = reader.open(name, viewport=PHONE, device_scale_factor=3, is_mobile=True, has_touch=True)
    figure = explorer(page, key)
    for control in figure.locator(".explore :is(input, select, button)").all():
        box = control.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        if control.get_attribute("type") != "checkbox":
            assert control.evaluate("(c) => c.tagName === 'BUTTON' || c.labels.length || c.ariaLabel")
    sliders = figure.locator("input[type=range]")
    target = sliders.last if sliders.count() else first_input(figure)
    target.scroll_into_view_if_needed()
    if target.get_attribute("type") == "range":
        box = target.bounding_box()
        low = target.input_value() == target.get_attribute("min")
        at = box["x"] + (box["width"] - 8 if low else 8), box["y"] + box["height"] / 2
        assert changes(figure, lambda: page.touchscreen.tap(*at))
    else:
        assert changes(figure, lambda: figure.locator("input[type=radio]").nth(2).tap())
    assert query(page)
    page.close()
    assert visit.complaints == []


@pytest.mark.parametrize("name", EXPLORERS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_when_moved(reader, name, scheme):
    page, _ = reader.open(name, color_scheme=scheme, viewport=DESKTOP)
    for key in EXPLORERS[name]:
        figure = explorer(page, key)
        assert changes(figure, lambda figure=figure: move(figure))
    page.evaluate("document.querySelectorAll('article details').forEach((each) => (each.open = true))")
    violations = Axe().run(page).response["violations"]
    page.close()
    assert {v["id"]: [node["html"][:160] for node in v["nodes"]][:5] for v in violations} == {}


@pytest.mark.parametrize("name", EXPLORERS)
def test_a_still_picture_without_scripts_and_on_paper(reader, name):
    for options in ({"java_script_enabled": False}, {}):
        page, _ = reader.open(name, **options)
        if not options:
            page.wait_for_function(READY)
            page.emulate_media(media="print")
        figures = page.locator("figure:has(.explore)")
        assert figures.count() == len(EXPLORERS[name])
        for figure in figures.all():
            assert figure.locator("img").is_visible() and figure.locator("figcaption").is_visible()
            assert not figure.locator(".explore").is_visible()
        page.close()


@pytest.mark.parametrize(("name", "key"), EVERY)
def test_what_it_weighs_and_how_fast_it_answers(reader, name, key):
    page, visit = reader.open(name, until="networkidle", viewport=DESKTOP)
    figure, before = explorer(page, key), visit.transferred
    assert before <= BEFORE
    start = time.perf_counter()
    assert changes(figure, lambda: move(figure))
    first = time.perf_counter() - start
    page.wait_for_load_state("networkidle")
    after = visit.transferred
    assert after - before <= FRAMES + 2_000
    start = time.perf_counter()
    assert changes(figure, figure.get_by_role("button", name="Reset").click)
    again = time.perf_counter() - start
    print(f"\n{key}: {before / 1e3:.0f} kB before and {after / 1e3:.0f} kB after the first touch;"
          f" first answer {1e3 * first:.0f} ms, then {1e3 * again:.0f} ms a change")  # fmt: skip
    page.close()


def test_frames_are_those_that_python_drew(reader):
    page, _ = reader.open(DOCUMENTATION)
    figure, train = explorer(page, "picture"), digits()
    figure.scroll_into_view_if_needed()
    for digit, reverse in ((7, True), (3, False), (9, True)):
        figure.locator("input[type=radio]").nth(digit).check()
        figure.locator("input[type=checkbox]").set_checked(reverse)
        page.wait_for_timeout(300)
        shown = np.array(figure.locator("img").evaluate(COMPOSED)).reshape(8, 5, 8, 5)[:, 2, :, 2]
        image = train.images[train.labels == digit][0] / 16
        assert np.abs(shown - 255 * (image if reverse else 1 - image)).max() < 8
    page.close()


def test_two_of_one_name_do_not_share_state(reader):
    page, _ = reader.open(DOCUMENTATION)
    explorer(page, "wave")
    page.evaluate("""async () => {
        const figure = [...document.querySelectorAll("figure")].find((each) => each.querySelector(".explore"));
        figure.after(figure.cloneNode(true));
        await import(document.querySelector("script[src*='page.js']").src + "&again");
    }""")
    page.wait_for_function("document.querySelectorAll('figure .explore-row input[type=range]').length === 5")
    first, second = page.locator("figure:has(.explore)").all()[:2]
    was = first.locator("input[type=range]").first.input_value()
    assert changes(second, lambda: move(second))
    assert first.locator("input[type=range]").first.input_value() == was
    assert list(query(page)) == ["wave-2.frequency"]
    page.close()


def test_copied_link_restores_the_figure(reader):
    reader.context(viewport=DESKTOP).grant_permissions(["clipboard-read", "clipboard-write"])
    page, _ = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure = explorer(page, "wave")
    assert changes(figure, lambda: move(figure))
    figure.get_by_role("button", name="Copy link").click()
    figure.get_by_text("Link copied").first.wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"\?wave\.frequency=1\.25#fig-sine$", link)
    shown = look(figure)
    page.goto("about:blank")
    page.goto(link)
    assert look(explorer(page, "wave")) == shown
    page.close()


def test_a_broken_link_shows_the_default(reader):
    page, visit = reader.open(
        f"{DOCUMENTATION}?wave.frequency=x&wave.amplitude=99&picture.digit=77&stepper.kernel=1,2&stepper.at=-4"
    )
    figure = explorer(page, "wave")
    assert [each.input_value() for each in figure.locator("input[type=range]").all()] == ["1", "2"]
    assert explorer(page, "picture").locator("input:checked").get_attribute("value") == "0"
    assert explorer(page, "stepper").locator("select").input_value() == "Sobel x"
    page.close()
    assert visit.complaints == []


def test_play(reader):
    page, _ = reader.open(DOCUMENTATION, reduced_motion="no-preference")
    figure = explorer(page, "wave")
    assert changes(figure, figure.get_by_role("button", name="Play").click)
    figure.get_by_role("button", name="Pause").click()
    stopped = float(figure.locator("input[type=range]").first.input_value())
    page.wait_for_timeout(500)
    assert 1 < stopped < 4 and float(figure.locator("input[type=range]").first.input_value()) == stopped
    page.close()
    page, _ = reader.open(DOCUMENTATION, reduced_motion="reduce")
    assert explorer(page, "wave").get_by_role("button", name="Play").count() == 0
    assert explorer(page, "stepper").get_by_role("button", name="Play").count() == 0
    page.close()


def test_frames_that_do_not_arrive_are_reported_and_tried_again(reader):
    page, _ = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure = explorer(page, "wave")
    page.route("**/*.frames", lambda route: route.fulfill(status=503))
    move(figure)
    figure.get_by_role("alert").get_by_text("could not be loaded").wait_for()
    page.unroute("**/*.frames")
    assert changes(figure, lambda: move(figure))
    assert not figure.get_by_role("alert").is_visible()
    page.close()


# -------------------------------------------------------------------------------------------------------- stepper


def test_stepper_computes_what_scipy_computes(reader):
    page, _ = reader.open(DOCUMENTATION)
    explorer(page, "stepper")
    rng = np.random.default_rng(0)
    slide = """async ([image, kernel, mode]) => {
        const page = document.querySelector("script[src*='page.js']").src;
        return (await import(page.replace("page.js", "stepper.js"))).slide(image, kernel, mode).output;
    }"""
    for mode, truth in (("convolution", convolve2d), ("correlation", correlate2d)):
        for _ in range(10):
            image, kernel = rng.normal(size=rng.integers(3, 10, 2)), rng.normal(size=(3, 3))
            found = page.evaluate(slide, [image.tolist(), kernel.tolist(), mode])
            assert np.allclose(found, truth(image, kernel, mode="valid"), rtol=0, atol=1e-12)
    page.close()


def numbers(cells):
    return [float(text.replace("\N{MINUS SIGN}", "-")) for text in cells]


def test_stepper_shows_what_scipy_computes(reader):
    page, _ = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure, rng = explorer(page, "stepper"), np.random.default_rng(1)
    image = np.reshape(numbers(figure.locator(".stepper-input td span").all_inner_texts()), (7, 7))
    for mode, truth in (("correlation", correlate2d), ("convolution", convolve2d)):
        kernel = rng.integers(-3, 4, (3, 3))
        figure.get_by_label(mode).check()
        for (i, j), weight in np.ndenumerate(kernel):
            figure.get_by_label(f"kernel, row {i + 1}, column {j + 1}").fill(str(weight))
            page.keyboard.press("Tab")
        row, column = rng.integers(0, 5, 2)
        figure.locator(".stepper-output td").nth(row * 5 + column).click()
        output = np.reshape(numbers(figure.locator(".stepper-output td").all_inner_texts()), (5, 5))
        products = numbers(figure.locator(".stepper-products td").all_inner_texts())
        total = numbers([figure.locator(".stepper-sum b").inner_text()])[0]
        assert (output == truth(image, kernel, mode="valid")).all()
        assert total == sum(products) == output[row, column]
        assert figure.locator("select").input_value() == ""  # your own
    asked = query(page)
    assert asked["stepper.kernel"] == ",".join(map(str, kernel.ravel()))
    page.reload()
    figure = explorer(page, "stepper")
    assert numbers(figure.locator(".stepper-output td").all_inner_texts()) == output.ravel().tolist()
    figure.locator("select").select_option("identity")
    assert numbers(figure.locator(".stepper-output td").all_inner_texts()) == image[1:-1, 1:-1].ravel().tolist()
    page.close()


def test_stepper_by_keyboard_and_drag(reader):
    page, _ = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure = explorer(page, "stepper")
    slider = figure.locator("input[type=range]")
    slider.press("ArrowDown")
    slider.press("ArrowRight")
    assert slider.input_value() == "6" and slider.get_attribute("aria-valuetext") == "row 2, column 2"
    pixels = figure.locator(".stepper-input td")
    pixels.nth(0).hover()
    page.mouse.down()
    pixels.nth(48).hover()
    page.mouse.up()
    assert slider.input_value() == "24"
    page.close()
