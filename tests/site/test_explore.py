"""Figures that move, on the built pages: by mouse, keyboard and touch, in light and dark, without scripts, on paper."""

import json
import re
from urllib.parse import parse_qs, urlparse

import numpy as np
from PIL import Image
from playwright.sync_api import TimeoutError
from scipy.signal import convolve2d, correlate2d

import dlnotes.numpy as dn
from dlnotes.data import digits, mnist, photograph
from dlnotes.explore.figure import script
from dlnotes.explore.sketch import centred, rounded, sketch, stages
from dlnotes.explore.stepper import LIMITS, MODES
from dlnotes.models import lenet5
from dlnotes.numpy.filters import gaussian
from tests.site.conftest import DESKTOP, PAGES, PHONE, ROOT, violations

FRAMES, TOUCHED = 400_000, 1_000_000  # bytes of one figure's frames, and of a page with all its figures touched
DOCUMENTATION = "chapters/reference/explorers.html"
CALL = re.compile(r"^(?:explore|sketch|stepper)\(", re.MULTILINE)
FRAME_FILES = re.compile(r"/explore/[0-9a-f]{64}\.js")
SETTLED = "![...document.querySelectorAll('.explore')].some((box) => !box.children.length)"
SETTLED += " && !document.querySelector('[aria-busy=true]')"
SHOWN = """(figure) =>
    [figure.querySelector("img").src, ...[...figure.querySelectorAll("table")].map((each) => each.innerText)].join()"""
SIZES = """() => performance.getEntries().filter((each) => each.transferSize !== undefined)
    .map(({ name, transferSize }) => [name, transferSize])"""
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
    """The figure of that name, once it shows what it is to show."""
    page.wait_for_function(SETTLED)
    return page.locator("figure", has=page.locator(f'.explore[data-state*=\'"name":"{key}"\']')).first


def explorers(page, moving):
    """All of them, with their names."""
    page.wait_for_function(SETTLED)
    return list(zip(moving, page.locator("figure:has(.explore)").all(), strict=True))


def first_input(figure):
    return figure.locator(".explore input:not([type=number])").first


def look(figure):
    """What the figure shows: its picture and its tables."""
    image = figure.locator("img")
    shown = image.evaluate(COMPOSED) if image.evaluate("(image) => image.style.backgroundImage") else "the still"
    return shown, figure.locator("table").all_inner_texts()


def query(page):
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def rested(page, *keys):
    """The address's query, once the hand has rested, and each of these figures says what it shows and stands in it."""
    page.wait_for_function(
        """(keys) => keys.every((key) => location.search.includes(`${key}.`)
            && [...document.querySelectorAll(".explore")].some(
                (box) => `${key}-`.startsWith(`${JSON.parse(box.dataset.state).name}-`)
                && box.querySelector("[role=status]").textContent))""",
        arg=keys,
    )
    return query(page)


def changes(figure, act):
    """Whether the picture is another one some time after `act`."""
    before, handle = look(figure), figure.element_handle()
    source = figure.evaluate(SHOWN)
    act()
    try:
        figure.page.wait_for_function(
            f"([figure, source]) => ({SHOWN})(figure) !== source && {SETTLED}", arg=[handle, source], timeout=5000
        )
    except TimeoutError:
        return False
    return look(figure) != before


def move(figure):
    """By keyboard, away from where the first control stands."""
    control = first_input(figure)
    at_end = control.evaluate("(c) => c.type === 'range' && c.value === c.max")
    control.press("ArrowLeft" if at_end else "ArrowRight")


def code(page_name):
    """The code of a page's source."""
    source = (ROOT / page_name).with_suffix(".ipynb")
    if source.is_file():
        cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    source = source.with_suffix(".md")
    return source.read_text(encoding="utf-8") if source.is_file() else ""


def test_every_explorer_has_its_figure(soup, page_name):
    """As many as the source calls for, each in a figure that says what it shows."""
    boxes = soup.select("figure .explore")
    assert len(boxes) == len(CALL.findall(code(page_name)))
    for box in boxes:
        figure = box.find_parent("figure")
        assert figure.select_one("img")["alt"] and figure.figcaption.text.strip()


def test_explorers_are_found_in_the_sources():
    assert sum(len(CALL.findall(code(name))) for name in PAGES) >= 10


def test_keyboard_address_reload_reset(reader, page_name, moving):
    page, visit = reader.open(page_name, viewport=DESKTOP)
    for key, figure in explorers(page, moving):
        assert changes(figure, lambda figure=figure: move(figure)), key
    sizes = page.evaluate(SIZES)
    assert [(name, size) for name, size in sizes if FRAME_FILES.search(name) and size > FRAMES + 2_000] == []
    assert sum(size for _, size in sizes) <= TOUCHED
    asked, shown = rested(page, *moving), [look(figure) for _, figure in explorers(page, moving)]
    assert sorted({each.partition(".")[0] for each in asked}) == sorted(moving)
    for key, figure in explorers(page, moving):
        assert figure.locator("[role=status]").inner_text().strip() != "", f"{key}: its values are announced"
    page.reload()
    assert [look(figure) for _, figure in explorers(page, moving)] == shown
    assert query(page) == asked
    for key, figure in explorers(page, moving):
        assert changes(figure, figure.get_by_role("button", name="Reset").click), key
    page.wait_for_function("location.search === ''")  # the address follows the picture
    page.close()
    assert visit.complaints == [] and visit.elsewhere == []


def test_mouse(reader, page_name, moving):
    page, _ = reader.open(page_name, viewport=DESKTOP)
    for key, figure in explorers(page, moving):
        slider = figure.locator("input[type=range]:visible").last
        if not slider.count():
            assert changes(figure, figure.locator("input[type=radio]:not(:checked)").last.click), key
            continue
        slider.scroll_into_view_if_needed()
        low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
        box, share = slider.bounding_box(), (float(slider.input_value()) - low) / (high - low)
        to = "max" if share < 0.5 else "min"

        def drag(box=box, share=share, to=to):
            middle = box["y"] + box["height"] / 2
            page.mouse.move(box["x"] + 8 + (box["width"] - 16) * share, middle)
            page.mouse.down()
            page.mouse.move(box["x"] + (box["width"] - 2 if to == "max" else 2), middle, steps=8)
            page.mouse.up()

        assert changes(figure, drag), key
        assert slider.input_value() == slider.get_attribute(to)
    rested(page, *moving)
    page.close()


def test_touch_on_a_phone(phone, moving):
    page, visit = phone
    for key, figure in explorers(page, moving):
        for control in figure.locator(".explore :is(input, select, button):visible").all():
            box = control.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], key
            if control.get_attribute("type") != "checkbox":
                assert control.evaluate("(c) => c.tagName === 'BUTTON' || c.labels.length || c.ariaLabel"), key
        sliders = figure.locator("input[type=range]:visible")
        target = sliders.last if sliders.count() else first_input(figure)
        target.scroll_into_view_if_needed()
        if target.get_attribute("type") == "range":
            box = target.bounding_box()
            low = target.input_value() == target.get_attribute("min")
            at = box["x"] + (box["width"] - 8 if low else 8), box["y"] + box["height"] / 2
            assert changes(figure, lambda at=at: page.touchscreen.tap(*at)), key
        else:
            assert changes(figure, figure.locator("input[type=radio]:not(:checked)").last.tap), key
    rested(page, *moving)
    assert visit.complaints == []


def test_accessible_when_moved(reader, page_name, moving):
    page, _ = reader.open(page_name, viewport=DESKTOP)
    for key, figure in explorers(page, moving):
        assert changes(figure, lambda figure=figure: move(figure)), key
    page.evaluate("document.querySelectorAll('article details').forEach((each) => (each.open = true))")
    page.evaluate(  # the rest of the page is as it was, and has been looked at
        """() => {
            const kept = (each) =>
                each.closest("figure:has(.explore), h1") || each.querySelector("figure .explore, h1");
            for (const each of document.querySelectorAll("body *")) if (!kept(each)) each.remove();
        }"""
    )
    assert page.locator("figure:has(.explore)").count() == len(moving)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("(scheme) => document.documentElement.dataset.theme === scheme", arg=scheme)
        assert violations(page) == {}
    page.close()


def test_a_still_picture_without_scripts_and_on_paper(plain, reader, page_name, moving):
    printed, _ = reader.open(page_name)
    explorers(printed, moving)
    printed.emulate_media(media="print")
    for page in (plain[0], printed):
        figures = page.locator("figure:has(.explore)").all()
        assert len(figures) == len(moving)
        for figure in figures:
            assert figure.locator("img").is_visible() and figure.locator("figcaption").is_visible()
            assert not figure.locator(".explore").is_visible()
    printed.close()


def test_opened_from_disk(reader, site, page_name, moving):
    """Where nothing can be fetched and no module loads."""
    page, visit = reader.open((site / page_name).as_uri(), viewport=DESKTOP)
    for key, figure in explorers(page, moving):
        assert changes(figure, lambda figure=figure: move(figure)), key
    asked, shown = rested(page, *moving), [look(figure) for _, figure in explorers(page, moving)]
    page.reload()
    assert [look(figure) for _, figure in explorers(page, moving)] == shown
    assert query(page) == asked
    page.close()
    assert [each for each in visit.complaints if "/fonts/" not in each] == []  # Chromium takes none from disk
    assert visit.elsewhere == []


# ------------------------------------------------------------------------------------------------ the mechanism, once


def test_the_latest_wish_wins(reader):
    """Many moves in one breath: the picture that stays is that of the last."""
    page, _ = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure = explorer(page, "wave")
    rush = """(input) => {
        for (const value of [2, 4, 1.5, 3, 1, 3.25]) {
            input.value = value;
            input.dispatchEvent(new Event("input", { bubbles: true }));
        }
    }"""
    assert changes(figure, lambda: first_input(figure).evaluate(rush))
    asked, rushed = rested(page, "wave"), look(figure)
    page.reload()
    assert asked == {"wave.frequency": "3.25"}
    assert look(explorer(page, "wave")) == rushed != ("the still", [])
    page.close()


def test_shared_figures_are_drawn_together_and_say_that_they_load(reader):
    """A shared link whose first figure's frames are slow to come: it says so, and the others do not wait for it."""
    page, _ = reader.open("index.html", viewport=DESKTOP)
    held = []
    page.route(FRAME_FILES, lambda route: held.append(route) if not held else route.fallback())
    shared = "?wave.frequency=2&picture.digit=3&stepper.mode=correlation"
    page.goto(reader.url + DOCUMENTATION + shared, wait_until="commit")
    page.wait_for_function("document.querySelectorAll('figure .explore button').length > 5")
    wave, picture = (page.locator(f"figure:has([data-state*='\"name\":\"{key}\"'])") for key in ("wave", "picture"))
    assert wave.locator("img").get_attribute("aria-busy") == "true"
    wave.get_by_text("Loading").first.wait_for()
    page.wait_for_function("(image) => image.src.startsWith('data:')", arg=picture.locator("img").element_handle())
    assert page.locator("figure .stepper").is_visible()
    assert wave.locator("img").get_attribute("aria-busy") == "true"
    held[0].fallback()
    page.wait_for_function(SETTLED)
    assert wave.locator("img").get_attribute("src").startswith("data:")
    assert wave.get_by_text("Loading").count() == 0
    page.close()


def test_frames_are_those_that_python_drew(reader):
    page, _ = reader.open(DOCUMENTATION)
    figure, train = explorer(page, "picture"), digits()
    figure.scroll_into_view_if_needed()
    for digit, reverse in ((7, True), (3, False), (9, True)):
        figure.locator("input[type=radio]").nth(digit).check()
        figure.locator("input[type=checkbox]").set_checked(reverse)
        page.wait_for_function(SETTLED)
        shown = np.array(figure.locator("img").evaluate(COMPOSED)).reshape(8, 5, 8, 5)[:, 2, :, 2]
        image = train.images[train.labels == digit][0] / 16
        assert np.abs(shown - 255 * (image if reverse else 1 - image)).max() < 8
    page.close()


def test_photographs_are_those_that_python_made(reader):
    """As large, as many greys, and as near as a good photograph's file is."""
    page, _ = reader.open(DOCUMENTATION)
    figure, camera = explorer(page, "blurred"), photograph("camera")[::2, ::2] / 255
    for sigma in (1.0, 1.5, 2.0):
        assert changes(figure, lambda: first_input(figure).press("ArrowRight"))
        shown = np.reshape(figure.locator("img").evaluate(COMPOSED.replace("40", "256")), (256, 256))
        assert np.abs(shown - 255 * gaussian(camera, sigma)).mean() < 2
        assert len(np.unique(shown)) > 150
    page.close()


def test_two_of_one_name_do_not_share_state(reader):
    page, _ = reader.open(DOCUMENTATION)
    explorer(page, "wave")
    sliders = page.locator("figure .explore-row input[type=range]:visible")
    before = sliders.count()
    page.evaluate("""async () => {
        const figure = [...document.querySelectorAll("figure")].find((each) => each.querySelector(".explore"));
        figure.after(figure.cloneNode(true));
        const { src } = document.querySelector("script[src*='page.js']");
        const script = Object.assign(document.createElement("script"), { src });
        await new Promise((loaded) => { script.onload = loaded; document.head.append(script); });
    }""")
    assert sliders.count() == before + 2
    first, second = page.locator("figure:has(.explore)").all()[:2]
    was = first.locator("input[type=range]").first.input_value()
    assert changes(second, lambda: move(second))
    assert first.locator("input[type=range]").first.input_value() == was
    assert list(rested(page, "wave-2")) == ["wave-2.frequency"]
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
        f"{DOCUMENTATION}?wave.frequency=x&wave.amplitude=99&picture.digit=77&stepper.kernel=1,x&stepper.at=-4"
        "&stepper.stride=0&stepper.dilation=1.5&stepper.padding=&stepper.mode=both"
    )
    figure = explorer(page, "wave")
    assert [each.input_value() for each in figure.locator("input[type=range]").all()] == ["1", "2"]
    assert explorer(page, "picture").locator("input:checked").get_attribute("value") == "0"
    selects = explorer(page, "stepper").locator("select").all()
    assert [each.input_value() for each in selects] == ["Sobel x", "3,3", "1", "0", "1"]
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
    page.route(FRAME_FILES, lambda route: route.fulfill(status=503))
    move(figure)
    figure.get_by_role("alert").get_by_text("could not be loaded").wait_for()
    page.unroute(FRAME_FILES)
    assert changes(figure, lambda: move(figure))
    assert not figure.get_by_role("alert").is_visible()
    page.close()


# -------------------------------------------------------------------------------------------------------- stepper


def test_stepper_computes_what_scipy_computes(reader):
    page, _ = reader.open(DOCUMENTATION)
    explorer(page, "stepper")
    rng = np.random.default_rng(0)
    slide = f"""([image, kernel, how]) => {{ {script("stepper")}
        const {{ places, total, products }} = slide(image, kernel, how);
        return [grid(...places, total), grid(...places, (i, j) => products(i, j).flat().reduce((a, b) => a + b))];
    }}"""
    for trial in range(40):
        image = rng.normal(size=rng.integers(7, 13, 2))
        kernel = rng.normal(size=rng.integers(1, 4 if trial % 2 else 8, 2))
        stride, padding, dilation = (int(rng.integers(low, high + 1)) for low, high in LIMITS.values())
        dilation = dilation if trial % 2 else 1
        mode = MODES[trial % 2]
        how = {"mode": mode, "stride": stride, "padding": padding, "dilation": dilation}
        spread = np.zeros(dilation * (np.array(kernel.shape) - 1) + 1)
        spread[::dilation, ::dilation] = kernel
        truth = (convolve2d if mode == "convolution" else correlate2d)(np.pad(image, padding), spread, mode="valid")
        for found in page.evaluate(slide, [image.tolist(), kernel.tolist(), how]):
            assert np.allclose(found, truth[::stride, ::stride], rtol=0, atol=1e-12)
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
        assert figure.get_by_label("kernel", exact=True).input_value() == ""  # your own
    asked = rested(page, "stepper")
    assert asked["stepper.kernel"] == ";".join(",".join(map(str, row)) for row in kernel)
    page.reload()
    figure = explorer(page, "stepper")
    assert numbers(figure.locator(".stepper-output td").all_inner_texts()) == output.ravel().tolist()
    figure.get_by_label("kernel", exact=True).select_option("identity")
    assert numbers(figure.locator(".stepper-output td").all_inner_texts()) == image[1:-1, 1:-1].ravel().tolist()
    page.close()


def test_stepper_by_keyboard_and_drag(reader):
    page, _ = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure = explorer(page, "stepper")
    slider = figure.get_by_label("place")
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


def choose(figure, **values):
    for label, value in values.items():
        figure.get_by_label(label, exact=label != "size").select_option(str(value))


def test_stepper_takes_any_kernel_stride_padding_and_dilation(reader):
    page, _ = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure = explorer(page, "stepper")
    image = np.reshape(numbers(figure.locator(".stepper-input td span").all_inner_texts()), (7, 7))
    figure.get_by_label("correlation").check()
    choose(figure, size="2,2", stride=2, padding=1, dilation=3)
    kernel = np.array([[1, -2], [3, 4]])
    for (i, j), weight in np.ndenumerate(kernel):
        figure.get_by_label(f"kernel, row {i + 1}, column {j + 1}").fill(str(weight))
        page.keyboard.press("Tab")
    spread = np.kron(kernel, [[1, 0, 0], [0, 0, 0], [0, 0, 0]])[:4, :4]
    truth = correlate2d(np.pad(image, 1), spread, mode="valid")[::2, ::2]
    assert figure.locator(".stepper-input td").count() == 81 and figure.locator(".stepper-pad").count() == 32
    assert numbers(figure.locator(".stepper-output td").all_inner_texts()) == truth.ravel().tolist()
    asked = rested(page, "stepper")
    assert asked == {"stepper.kernel": "1,-2;3,4", "stepper.mode": "correlation", "stepper.stride": "2",
                     "stepper.padding": "1", "stepper.dilation": "3"}  # fmt: skip
    page.reload()
    figure = explorer(page, "stepper")
    assert numbers(figure.locator(".stepper-output td").all_inner_texts()) == truth.ravel().tolist()
    figure.get_by_role("button", name="Reset").click()
    assert figure.locator(".stepper-output td").count() == 25
    choose(figure, size="7,7")
    assert figure.locator(".stepper-output td").count() == 1
    choose(figure, dilation=2)  # too wide: the reader is told, and what stood there stays
    figure.get_by_role("alert").get_by_text("reaches over 13 \N{MULTIPLICATION SIGN} 13 pixels does not fit").wait_for()
    assert figure.get_by_label("dilation").input_value() == "1" and figure.locator(".stepper-output td").count() == 1
    choose(figure, padding=1)
    assert not figure.get_by_role("alert").is_visible() and figure.locator(".stepper-output td").count() == 9
    page.close()


def drawn(figure, number):
    """The grey values of the reader's picture, or of what the kernel made of it."""
    return np.array(figure.locator("canvas").nth(number).evaluate(
        """(canvas) => {
            const { width, height } = canvas, copy = Object.assign(document.createElement("canvas"), { width, height });
            copy.getContext("2d").drawImage(canvas, 0, 0);
            const { data } = copy.getContext("2d").getImageData(0, 0, width, height);
            const row = (i) => Array.from({ length: width }, (_, j) => data[4 * (i * width + j)]);
            return Array.from({ length: height }, (_, i) => row(i));
        }"""
    ))  # fmt: skip


def test_a_picture_of_the_readers_own_stays_in_the_page(reader, site, tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    Image.fromarray(photo).save(tmp_path / "own.png")
    grey = np.round(photo @ [0.299, 0.587, 0.114])
    page, visit = reader.open(DOCUMENTATION, until="networkidle", viewport=DESKTOP)
    figure, requests = explorer(page, "stepper"), []
    page.on("request", lambda request: requests.append((request.method, request.url, request.post_data)))
    choose(figure, kernel="box")
    figure.get_by_label("picture", exact=True).set_input_files(tmp_path / "own.png")
    page.locator(".stepper-pictures").wait_for()
    page.wait_for_function(SETTLED)
    assert np.abs(drawn(figure, 0) - grey).max() <= 1
    blurred = correlate2d(drawn(figure, 0), np.full((3, 3), 1 / 9), mode="valid")
    assert np.abs(drawn(figure, 1) - blurred).max() <= 1
    choose(figure, kernel="Sobel x")
    edges = convolve2d(drawn(figure, 0), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], mode="valid")
    assert np.abs(drawn(figure, 1) - (127.5 + 127.5 * edges / np.abs(edges).max())).max() <= 1

    box = figure.locator("canvas").first.bounding_box()
    figure.locator("canvas").first.click(position={"x": box["width"] / 2, "y": box["height"] / 3})
    figure.get_by_label("from column").press("ArrowRight")
    top, left = (int(figure.get_by_label(f"from {axis}").input_value()) for axis in ("row", "column"))
    assert abs(top + 3.5 - 20) <= 1 and abs(left - 1 + 3.5 - 45) <= 1
    cut = np.reshape(numbers(figure.locator(".stepper-input td span").all_inner_texts()), (7, 7))
    assert np.abs(cut - grey[top : top + 7, left : left + 7]).max() <= 1
    choose(figure, kernel="Laplacian")
    assert list(rested(page, "stepper")) == ["stepper.kernel"], "nothing of the picture"
    figure.get_by_role("button", name="Reset").click()
    assert not figure.locator("canvas").first.is_visible()
    assert numbers(figure.locator(".stepper-input td span").all_inner_texts())[9:12] == [9, 9, 9]
    page.close()
    sent = {each for each in requests if not each[1].startswith("blob:")}  # a still further down may be asked for
    plain = [url.removeprefix(reader.url) for method, url, body in sent if method == "GET" and not body]
    assert len(plain) == len(sent) and all((site / path).is_file() for path in plain)
    assert visit.complaints == []


def test_a_picture_that_cannot_be_taken_gets_a_sentence(reader, tmp_path):
    Image.new("L", (10_000, 10_000)).save(tmp_path / "large.png")
    (tmp_path / "text.png").write_text("this is no picture", encoding="utf-8")
    (tmp_path / "cut.png").write_bytes((tmp_path / "large.png").read_bytes()[:20])
    Image.new("L", (1, 3), 7).save(tmp_path / "small.png")
    page, visit = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure = explorer(page, "stepper")
    page.evaluate("""() => {
        const unpack = createImageBitmap;
        window.unpacked = 0;
        window.createImageBitmap = (...given) => { unpacked++; return unpack(...given); };
    }""")
    for name, says in {"large": "This picture has 100 megapixels", "text": "no picture that", "cut": "no picture that",
                       "small": "does not fit into 3 \N{MULTIPLICATION SIGN} 1"}.items():  # fmt: skip
        figure.get_by_label("picture", exact=True).set_input_files(tmp_path / f"{name}.png")
        figure.get_by_role("alert").get_by_text(says).wait_for()
        assert figure.locator(".stepper-input td").count() == 49, "what stood there still stands"
    figure.get_by_role("button", name="Reset").click()
    assert not figure.get_by_role("alert").is_visible()
    assert page.evaluate("unpacked") == 1, "only the one that is small"
    page.close()
    assert visit.complaints == []


# --------------------------------------------------------------------------------------------------------- sketch


def test_sketch_computes_what_numpy_computes(reader, monkeypatch):
    """200 digits through networks with either kind of pooling, a stride and a layer without bias; and 200 drawings."""
    monkeypatch.delenv("DLNOTES_FRAMES", raising=False)
    page, _ = reader.open(DOCUMENTATION)
    explorer(page, "sketch")
    rng, images = np.random.default_rng(0), mnist().test.images[:200]
    strided = dn.Sequential(
        dn.Conv2d(1, 4, (5, 3), stride=(2, 1), padding=(0, 2), bias=False, generator=rng), dn.ReLU(), dn.MaxPool2d(3),
        dn.Flatten(), dn.Linear(4 * 4 * 10, 7, bias=False, generator=rng),
    )  # fmt: skip
    through = f"""([state, parts, images]) => {{ {script("sketch")}
        const layers = weigh(state.layers, parts);
        return images.map((image) => Array.from(forward(layers, image.map((grey) => grey / 255)).at(-1).values));
    }}"""
    for model in (lenet5(dn, activation="ReLU", generator=rng), strided):
        shown = sketch(model, images[:2])
        found = page.evaluate(through, [shown.state, shown.parts[:2], images.reshape(200, -1).tolist()])
        truth = [stages(rounded(model), image / 255)[-1] for image in images]
        np.testing.assert_allclose(found, truth, rtol=0, atol=1e-12)
    drawings = images[:, ::-1].astype(float) / 255
    drawings[::2] = np.roll(drawings[::2], (3, -5), (1, 2)) * (rng.random((100, 28, 28)) < 0.6)
    drawings[7] = 0
    found = page.evaluate(
        f"(drawings) => {{ {script('sketch')} return drawings.map((drawing) => centred(drawing)); }}",
        drawings.reshape(200, -1).tolist(),
    )
    np.testing.assert_allclose(found, [centred(each).ravel() for each in drawings], rtol=0, atol=1e-12)
    page.close()


def answered(figure, act):
    """The ten probabilities after `act`, as the page says them."""
    assert changes(figure, act)
    return figure.locator("table").inner_text()


def test_sketch_by_mouse_and_keyboard(reader):
    """A one, drawn in two ways: it is read, stays in the address, and can be taken off."""
    page, _ = reader.open(DOCUMENTATION, viewport=DESKTOP)
    figure = explorer(page, "sketch")
    paper, best = figure.locator("canvas"), figure.locator(".sketch-best th")
    assert changes(figure, figure.get_by_role("button", name="Clear").click)
    empty = figure.locator("table").inner_text()
    box = paper.bounding_box()

    def drag():
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.2 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.8 * box["height"], steps=9)
        page.mouse.up()

    drawn = answered(figure, drag)
    assert best.inner_text() == "1"
    asked = rested(page, "sketch")
    assert list(asked) == ["sketch.drawing"]
    page.reload()
    figure = explorer(page, "sketch")
    assert figure.locator("table").inner_text() == drawn and best.inner_text() == "1"
    figure.get_by_label("centre and scale").uncheck()
    assert sorted(rested(page, "sketch")) == ["sketch.centre", "sketch.drawing"]
    assert answered(figure, figure.get_by_role("button", name="Clear").click) == empty
    paper.focus()
    for key in ["ArrowUp"] * 8 + ["Space"]:
        paper.press(key)
    for _ in range(16):
        paper.press("ArrowDown")
    page.wait_for_function(SETTLED)
    assert best.inner_text() == "1"
    paper.press("Space")
    before = look(figure)
    paper.press("ArrowRight")
    assert look(figure) == before, "the pen is up"
    page.close()


def test_sketch_by_touch(reader):
    page, _ = reader.open(DOCUMENTATION, viewport=PHONE, has_touch=True)
    figure = explorer(page, "sketch")
    paper = figure.locator("canvas")
    assert changes(figure, figure.get_by_role("button", name="Clear").tap)
    assert changes(figure, paper.tap)
    assert list(rested(page, "sketch")) == ["sketch.drawing"]
    page.close()


def test_a_broken_link_to_a_drawing_shows_the_first_example(reader):
    page, visit = reader.open(f"{DOCUMENTATION}?sketch.drawing=AA&sketch.example=99&sketch.centre=")
    figure = explorer(page, "sketch")
    assert figure.get_by_label("example", exact=True).input_value() == "0"
    assert figure.get_by_label("centre and scale").is_checked()
    page.close()
    assert visit.complaints == []
