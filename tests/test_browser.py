"""The notebooks in JupyterLab and the page in a browser; skipped, visibly, on a machine without Chromium."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter

import pytest
from test_page import HARM, hostile

from tielines import ROOT, exhibits, notebooks, page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine (Debian: apt-get install chromium)")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync".split()
)
BOOKS = notebooks.find(ROOT / "notebooks")
ONE_EACH = ["00-kinds", "01-lanes-cuba", "02-arms", "03-reasons", "04-shared"]  # a figure a notebook
SHOWN = "[...document.querySelectorAll('#evidence article .id a')].map(a => a.textContent)"
SETTINGS = {  # no question at the start, no news, every cell in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        own = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield own
        own.close()


@pytest.fixture
def opened(browser):
    """Opens a file at an address; at the end no script may have failed and no request have left its folder."""
    contexts, faults = [], []

    def at(path, address="", **how):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | how)
        contexts.append(context)
        context.on("request", lambda r: faults.append(r.url) if not r.url.startswith(path.parent.as_uri()) else None)
        view = context.new_page()
        view.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
        view.on("pageerror", lambda e: faults.append(str(e)))
        view.on("dialog", lambda d: (faults.append(d.message), d.dismiss()))
        view.goto(path.as_uri() + address)
        return view

    yield at
    for context in contexts:
        context.close()
    assert not faults


INDEX = ROOT / "figures" / "index.html"


# JupyterLab


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """(address, copy of the repository) of a JupyterLab that is rooted at the copy."""
    folder = tmp_path_factory.mktemp("lab")
    skip = shutil.ignore_patterns(".git", ".venv", ".*cache", ".hypothesis", "articles", "own", "local", "*.egg-info")
    copy = shutil.copytree(ROOT, folder / "copy", ignore=skip)
    for name, content in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if k not in ("TIELINES_FIGURES", "MPLBACKEND")}
    env |= {"TIELINES_ROOT": str(copy), "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    env |= {f"JUPYTER{n}_DIR": str(folder / n) for n in ("_CONFIG", "LAB_WORKSPACES", "_RUNTIME", "_DATA")}
    options = "--no-browser --ip=127.0.0.1 --ServerApp.port_retries=0 --IdentityProvider.token= --allow-root --KernelManager.transport=ipc"
    options += f" --LabApp.expose_app_in_browser=True --port={port} --ServerApp.root_dir={copy}"
    log = (folder / "log").open("w")
    server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options.split()], env=env, stdout=log, stderr=log)
    try:
        for _ in range(300):
            assert server.poll() is None, (folder / "log").read_text()[-2000:]
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", copy
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def code_cells(path):
    return [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]


def outputs(path, mime):
    found = ("".join(o.get("data", {}).get(mime, "")) for c in code_cells(path) for o in c["outputs"])
    return [text for text in found if text]


LINKS = """() => [...document.querySelectorAll('.jp-OutputArea-output a[href^="/files/figures/index.html#"]')].map(a => {
  const [mark, picture] = [a, a.parentElement.querySelector('img')].map(n => n.getBoundingClientRect());
  return {title: a.title, alt: a.parentElement.querySelector('img').alt, inside: mark.width > 1 && mark.height > 1 &&
    mark.left > picture.left - 9 && mark.right < picture.right + 9 && mark.top > picture.top - 9 && mark.bottom < picture.bottom + 9};
})"""


READY = """async () => {  // the indicator says idle before there is a kernel, and what is then run is lost
  const session = window.jupyterapp.shell.currentWidget.context.sessionContext;
  await session.ready;
  await session.session.kernel.info;
}"""


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_in_jupyterlab_and_its_marks_say_their_evidence_before_and_after(path, lab, browser):
    """Before: as in a fresh clone, not trusted. After: outputs cleared, all cells run, saved."""
    address, copy = lab
    saved = copy / "notebooks" / path.name
    cells, pictures = len(code_cells(path)), len(outputs(path, "image/png"))
    marks = sum(text.count("<a href") for text in outputs(path, "text/html") if "data:image/png" in text)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    view = context.new_page()
    view.goto(f"{address}/lab/tree/notebooks/{path.name}?reset")
    view.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)
    book = ".jp-NotebookPanel:not(.lm-mod-hidden) "
    view.wait_for_function(f"n => document.querySelectorAll('{book}.jp-CodeCell').length === n", arg=cells)
    view.evaluate(READY)
    view.wait_for_function("() => [...document.images].every(i => i.complete)")
    view.wait_for_function(f"n => ({LINKS})().filter(m => m.inside).length === n", arg=marks)
    assert all(len(m["title"]) > 5 and len(m["alt"]) > 10 for m in view.evaluate(LINKS))

    prompts = f"[...document.querySelectorAll('{book}.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent)"
    run = "name => window.jupyterapp.commands.execute(name)"
    view.evaluate(run, "notebook:clear-all-cell-outputs")
    view.wait_for_function(f"() => {prompts}.every(p => !/[0-9]/.test(p)) && !document.querySelector('{book}.jp-OutputArea-output')")  # fmt: skip
    view.evaluate(run, "notebook:run-all-cells")
    failed = "[data-mime-type='application/vnd.jupyter.error']"
    view.wait_for_function(f"() => document.querySelector(\"{failed}\") || {prompts}.every(p => /[0-9]/.test(p))", timeout=60_000)  # fmt: skip
    assert not view.locator(failed).count(), view.locator(failed).all_text_contents()
    assert len(view.evaluate(LINKS)) == marks
    view.evaluate(run, "docmanager:save")
    if path.stem.startswith("02"):
        _opens_the_page(view, context)
    context.close()

    assert [c["execution_count"] for c in code_cells(saved)] == list(range(1, cells + 1))
    assert all(o["output_type"] != "error" for c in code_cells(saved) for o in c["outputs"])
    assert len(outputs(saved, "image/png")) == pictures > 0
    assert outputs(saved, "text/plain") == outputs(path, "text/plain")
    for made in (copy / "figures").rglob("*"):
        assert made.is_dir() or made.read_bytes() == (ROOT / made.relative_to(copy)).read_bytes(), made.name


def _opens_the_page(view, context):
    """A mark of the rice opens the page in a tab of its own, at its rows."""
    mark = view.locator(".jp-OutputArea-output a[href$='#q0011;c0153']").first
    mark.scroll_into_view_if_needed()
    with context.expect_page() as tab:
        mark.click()
    tab.value.wait_for_selector("#evidence article")
    assert tab.value.evaluate(SHOWN) == ["q0011", "c0153"]


# The page


def axe(view, pictures=False):
    """What axe-core objects to; the pictures, which are the same at every address, take two thirds of its time."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(view, context=None if pictures else {"exclude": [["figure svg"]]})
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]]


def test_every_exhibit_stands_on_the_page_with_caption_alt_text_and_files_that_exist(opened):
    view = opened(INDEX)
    there = view.evaluate("""() => [...document.querySelectorAll('figure')].map(f => [f.id, f.querySelector('h3').textContent,
        !!f.querySelector('svg, table'), f.querySelector('figcaption').textContent, [...f.querySelectorAll('.files a')].map(a => a.getAttribute('href'))])""")
    assert sorted(f[0] for f in there) == sorted(exhibits.ALL)
    for name, title, drawn, words, links in there:
        about = json.loads((ROOT / "figures" / f"{name}.json").read_text(encoding="utf-8"))
        assert drawn and title == about["title"] and about["caption"] in words and about["alt"] in words
        assert sorted(links) == sorted(f"{name}.{kind}" for kind in [*about["files"], "json"])
        assert all((ROOT / "figures" / link).is_file() for link in links)


@pytest.mark.parametrize("name", ONE_EACH)
def test_every_mark_of_a_figure_opens_its_evidence_by_keyboard(name, opened):
    view = opened(INDEX)
    about = json.loads((ROOT / "figures" / f"{name}.json").read_text(encoding="utf-8"))
    wanted = {";".join(m["evidence"]) for m in about["marks"]}
    assert view.locator(f"[id='{name}'] svg a[tabindex='0']").count() == 1, "a figure is one stop of the Tab key"
    view.locator(f"[id='{name}'] svg a[tabindex='0']").focus()
    found, more = [], True
    while more:
        ids = view.evaluate("document.activeElement.dataset.e")
        assert view.evaluate(SHOWN)[: len(ids.split(";"))] == ids.split(";")[:40]
        assert view.evaluate("document.activeElement.getAttribute('aria-label').length") > 3
        found.append(ids)
        view.evaluate("() => { window.was = document.activeElement; }")
        view.keyboard.press("ArrowRight")
        more = not view.evaluate("window.was === document.activeElement")
    assert set(found) == wanted and len(found) <= len(about["marks"])
    view.keyboard.press("Home")
    view.keyboard.press("Enter")
    view.wait_for_function("document.activeElement.id === 'evidence'")
    view.keyboard.press("Escape")
    assert view.evaluate("document.activeElement.closest('figure').id") == name


def test_hover_and_tap_open_evidence(opened):
    view = opened(INDEX, "#02-rice", has_touch=True)
    mark = view.locator("[id='02-rice'] svg a").first
    ids = mark.get_attribute("data-e").split(";")
    mark.hover()
    view.wait_for_function(f"n => {SHOWN}.length === n", arg=len(ids))
    assert view.evaluate(SHOWN) == ids
    other = view.locator("[id='02-arms'] svg a").last
    other.scroll_into_view_if_needed()
    other.tap()
    assert view.evaluate(SHOWN) == other.get_attribute("data-e").split(";")


def test_search_finds_a_claim_fast_and_the_address_keeps_it(opened):
    view = opened(INDEX)
    view.fill("input[name=q]", "rice donation whole")
    found = view.locator("#results li").all_text_contents()
    assert view.locator("#results a[href='#c0153']").count() == 1
    assert len(found) < 5 and all("rice donation" in f for f in found)
    view.select_option("select[name=state]", "Cuba")
    view.select_option("select[name=firmly]", "stated as fact")
    again = opened(INDEX, view.url[view.url.index("#") :])
    assert (
        again.input_value("select[name=state]") == "Cuba"
        and again.input_value("input[name=q]") == "rice donation whole"
    )
    hits = "[...document.querySelectorAll('#results a')].map(a => a.getAttribute('href'))"
    assert again.evaluate(hits) == view.evaluate(hits) and "#c0153" in again.evaluate(hits)
    again.click("#results a[href='#c0153']")
    again.wait_for_function(f"() => {SHOWN}.join() === 'c0153'")  # the page hears of an address a moment later
    again.go_back()
    assert again.input_value("select[name=state]") == "Cuba"
    seconds = view.evaluate("""() => ['a', 'rice', 'the of', 'nothing like it', ''].map(q => {
        const form = document.forms[0], begun = performance.now(); form.reset(); form.elements.q.value = q;
        form.dispatchEvent(new Event('input')); return performance.now() - begun; })""")
    assert sorted(seconds)[2] < 50, seconds


@pytest.mark.parametrize("name", ["text", "state", "relation", "domain", "stage", "firmly", "agreement"])
def test_each_filter_leaves_some_rows(name, opened):
    view = opened(INDEX)
    values = view.evaluate(f"[...document.forms[0].elements.{name}.options].map(o => o.value)")
    assert values[0] == "" and len(values) > 2
    counts = []
    for value in values[1:]:
        view.select_option(f"select[name={name}]", value)
        counts.append(int(view.locator("#results h2").text_content().split()[0].replace(",", "")))
    assert min(counts) > 0 and max(counts) < 1000


@pytest.mark.parametrize(
    "address, shown",
    [("#c0153", ["c0153"]), ("#e0016", ["e0016"]), ("#c0001~c0053", ["c0001~c0053", "c0001", "c0053"])],
)
def test_a_shared_address_opens_its_view_and_copies_a_citation(address, shown, opened):
    view = opened(INDEX, address, permissions=["clipboard-read", "clipboard-write"])
    assert view.evaluate(SHOWN) == shown
    view.locator("#evidence article button").first.click()
    view.wait_for_selector("#evidence :text('Copied'), #evidence code")
    kept = view.evaluate("document.querySelector('#evidence code')?.textContent ?? navigator.clipboard.readText()")
    assert shown[0] in kept and "Tielines" in kept


def test_an_address_of_a_figure_brings_it_into_view_and_paint_is_quick(opened):
    view = opened(INDEX, "#04-shared")
    view.wait_for_function("() => Math.abs(document.getElementById('04-shared').getBoundingClientRect().top) < 200")
    paint = view.evaluate("performance.getEntriesByType('paint').map(p => p.startTime)")
    assert paint and max(paint) < 1000, paint


@pytest.mark.parametrize("address", ["", "#c0153", "#?q=rice", "#03-alpha", "#e0016"])
def test_nothing_scrolls_sideways_on_a_phone(address, opened):
    view = opened(INDEX, address, viewport={"width": 360, "height": 740})
    assert view.evaluate("document.documentElement.scrollWidth") <= 360
    cut = "n => n.scrollWidth > n.clientWidth + 1 && getComputedStyle(n).overflowX !== 'auto'"
    assert not view.evaluate(f"[...document.querySelectorAll('.fig, .wide, #evidence')].filter({cut}).map(n => n.id)")


def test_in_print_the_figures_stand_alone(opened):
    view = opened(INDEX, "#c0153", color_scheme="dark")
    view.emulate_media(media="print")
    assert view.evaluate("getComputedStyle(document.getElementById('evidence')).display") == "none"
    assert view.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_markup_in_a_cell_does_nothing_and_is_shown_as_it_is(data, opened, tmp_path):
    view = opened(hostile(data, tmp_path / "figures"), "#c0153")
    assert HARM in view.locator("#evidence article h3").first.text_content()
    for address in ("#e0072", "#c0001~c0053", "#?q=alert", "#000", "#<img src=x onerror=alert(3)>"):
        view.evaluate("address => { location.hash = address; }", address)
        view.wait_for_timeout(100)
    assert not view.locator("img").count() and view.locator("script").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wide, address", [(1280, "#02-rice"), (1280, "#e0016"), (360, "#?q=rice"), (360, "#c0153")])
def test_axe_finds_nothing(scheme, wide, address, opened):
    view = opened(INDEX, address, color_scheme=scheme, viewport={"width": wide, "height": 900})
    assert not axe(view, pictures=address == "#02-rice")
    assert not view.evaluate("[...document.querySelectorAll('a')].filter(a => !(a.textContent.trim() || a.getAttribute('aria-label'))).length")  # fmt: skip


def test_in_a_private_copy_the_marked_words_are_the_words_at_the_offsets(data, article_texts, opened, tmp_path):
    target = page.build(data, article_texts=article_texts, out=tmp_path)
    view = opened(target)
    for row_id in random.Random(7).sample(sorted(set(data.anchors["row_id"])), 50):
        view.evaluate("id => { location.hash = id; }", row_id)
        view.wait_for_function(f"id => {SHOWN}[0] === id", arg=row_id)
        own = data.anchors[data.anchors["row_id"].eq(row_id)].sort_values(["sentence_id", "start"])
        wanted = Counter(
            article_texts[r.sentence_id.split(".")[0]][int(r.start) : int(r.end)] for r in own.itertuples()
        )
        assert Counter(view.locator("#evidence article mark").all_text_contents()) == wanted, row_id
    article = data.articles["article_id"].iloc[0]
    view.evaluate("id => { location.hash = id; }", f"read-{article}")
    view.wait_for_selector("#reading mark a")
    assert not axe(view)
    said = "".join(view.locator("#reading p").all_text_contents())
    own = data.sentences[data.sentences["article_id"].eq(article)]
    assert "".join(said.split()) == "".join("".join(article_texts[article][r.start : r.end] for r in own.itertuples()).split())  # fmt: skip
