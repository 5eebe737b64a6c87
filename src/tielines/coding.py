"""A further article: register it, write its coding sheet, suggest rows, write a blind sheet for a second coder."""

import json
import math
import os
import re
import signal
import subprocess
import tempfile
import time
from collections import Counter
from itertools import groupby
from pathlib import Path

import pandas as pd

from tielines import ROOT, dataset, dates, files, merging, proofs, tables, texts
from tielines.sheets import Tab
from tielines.tables import DataError

__all__ = "likely recode register sheet suggest".split()


def __dir__():
    return __all__


OWN = ROOT / "own"


def register(path: Path, data: Path = tables.DATA, where: Path | None = None, **known) -> tuple[str, list[str], dict]:
    """Read a text and add it to ``articles``, ``sentences`` and ``terms``: its id, notes, and the files to write.

    ``known``: title, author, publisher, url, published (EDTF), genre, label, zones, coverage, article_id. What the text does not
    print stays empty. Copies the text into the folder of the texts. Raises DataError.
    """
    frames = merging.sound(data)
    content = files.read(Path(path), texts.LARGEST)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise files.FileError(Path(path), f"byte {error.start} is not UTF-8; save the file as UTF-8") from None
    if not texts.words(text) or "\x00" in text:
        raise files.FileError(Path(path), "holds no text")
    row, notes = _registered(text, frames["articles"], data, {k: v for k, v in known.items() if v})
    change = merging.Draft(frames, data, row["article_id"], text)
    change.register(row)
    change.settle()
    if change.problems:
        raise DataError("; ".join(map(str, change.problems)))
    target = (where or texts.folder()) / f"{row['article_id']}.txt"
    if target.exists() and files.read(target, texts.LARGEST) != text.encode():
        raise DataError(f"{target.name} is there already, with another text: give this one another --id")
    files.write(target, text)
    return row["article_id"], notes, change.contents


def _registered(text: str, articles: pd.DataFrame, data: Path, known: dict) -> tuple[dict, list[str]]:
    digest, notes = files.sha256(text), []
    if (same := articles[articles["sha256"].eq(digest)])["article_id"].size:
        raise DataError(f"this text is article {same['article_id'].iloc[0]} already")
    numbers = articles["article_id"][articles["article_id"].str.fullmatch(r"\d+")]
    article_id = known.get("article_id") or f"{numbers.astype(int).max() + 1 if len(numbers) else 0:03d}"
    if not re.fullmatch("[A-Za-z0-9-]{1,40}", article_id):
        raise DataError(f"id {files.shown(article_id)}: letters, digits and hyphens only, 40 at most")
    if article_id in set(articles["article_id"]):
        raise DataError(f"id {article_id!r} is taken: {', '.join(articles['article_id'])}")
    published = known.get("published", "")
    try:
        year = dates.parse(published).end or dates.parse(published).start
    except ValueError as error:
        raise DataError(f"--published: {error}") from None
    squeezed = re.sub(r"\W", "", known.get("url", "")).lower()
    for name in ("title", "author", "publisher"):
        value = known.get(name, "")
        elsewhere = name == "publisher" and value and re.sub(r"\W", "", value).lower() in squeezed
        if value and value not in text and not elsewhere:
            notes.append(f"the text does not print the {name} {value!r}: left empty")
            known = known | {name: "", f"given_{name}": value}
    dates_in = {i for kind, *_, parts in texts.mentions(text) if kind == "date" for i in parts if i}
    stated = {int(n) for n in re.findall(r"\d+", published)} <= dates_in
    spans = texts.paragraphs(text)
    runs = [[*run] for _, run in groupby(enumerate(_zones(text, spans, known), 1), lambda pair: pair[1])]
    zones = ";".join(f"{run[0][1]}:{run[0][0]}" + f"-{run[-1][0]}" * (len(run) > 1) for run in runs)
    row = dict.fromkeys(articles.columns, "") | {
        "article_id": article_id,
        "label": known.get("label")
        or f"{known.get('publisher') or known.get('given_publisher') or article_id} ({year.year})",
        "genre": "news_report",
        "language": "en",
        "published": published,
        "published_basis": "stated" if stated else "external",
        "published_note": ""
        if stated
        else "The text does not print this date; it was given when the text was registered.",
        "zones": zones,
        "coverage": "scoped",
    }
    row |= {k: v for k, v in known.items() if k in row}
    row["genre"] = merging.code_of(row["genre"], tables.codes("articles", "genre", data))
    notes.append(
        f"zones {row['zones']}, genre {row['genre']}, coverage {row['coverage']}: change them on the tab article"
    )
    return row, notes


class Writer:
    """The rows of an article as a coder sees them."""

    def __init__(self, article_id: str, data: Path, where: Path | None):
        self.data, self.frames = Path(data), merging.sound(data)
        if article_id not in set(self.frames["articles"]["article_id"]):
            near = tables.nearest(article_id, self.frames["articles"]["article_id"])
            raise DataError(f"no article {files.shown(article_id)}; nearest: {near or 'none'}")
        self.article_id, self.text = article_id, merging.text_of(article_id, self.frames, where)
        own = self.frames["sentences"]
        self.sentences = own[own["article_id"].eq(article_id)].astype({"start": int, "end": int})
        self.held = {r.sentence_id: self.text[r.start : r.end] for r in self.sentences.itertuples()}
        spans = self.frames["anchors"][self.frames["anchors"]["sentence_id"].isin(self.held)]
        spans = spans.assign(
            words=[self.text[int(a) : int(b)] for a, b in zip(spans["start"], spans["end"], strict=True)]
        )
        spans = spans.assign(places=spans["start"] + "-" + spans["end"]).groupby("row_id")
        self.words, self.spots = spans["words"].agg(" | ".join), spans["places"].agg(";".join)

    def of(self, table: str) -> pd.DataFrame:
        """The rows of a table that stand in the article."""
        frame = self.frames[table]
        column = next(c for c in ("sentence_ids", "sentence_id", "article_id") if c in frame)
        return frame[frame[column].str.split(".").str[0].eq(self.article_id)].reset_index(drop=True)

    def shown(self, ids: pd.Series) -> pd.Series:
        return ids.map(lambda cell: " ".join(self.held.get(i, "") for i in cell.split(";")))

    def labelled(self, frame: pd.DataFrame, table: str) -> pd.DataFrame:
        """Codes as the labels that drop-downs offer."""
        for column in {f["name"] for f in tables.fields(table, self.data)} & {*frame}:
            if known := tables.codes(table, column, self.data):
                frame = frame.assign(**{column: frame[column].map(lambda v, known=known: known.get(v, v))})
        return frame

    def used(self) -> dict[str, pd.DataFrame]:
        """The rows of events, flows, actors, origins, links and recodes that the article needs."""
        f, claims = self.frames, self.of("claims")
        ids = {i for table, key in merging.ROWS.items() for i in self.of(table)[key]}
        links = f["links"][f["links"]["a"].isin(ids) | f["links"]["b"].isin(ids)]
        linked = f["claims"][f["claims"]["claim_id"].isin({*links["a"], *links["b"]})]
        told = {*claims["event_id"], *linked["event_id"]}
        told |= {*f["flows"].loc[f["flows"]["event_id"].isin(told), "parent_event_id"]}
        events = f["events"][f["events"]["event_id"].isin(told)]
        chains = pd.concat([self.of(table)["speaker"] for table in merging.ROWS]).str.split("_").explode()
        lists = (
            pd.concat([events["actors"], events["recipients"], events["concerns"], claims["value"]])
            .str.split(";")
            .explode()
        )
        cited = {i for table in ("claims", "stances", "reasons") for i in self.of(table)["origin_id"]}
        origins = f["origins"][f["origins"]["origin_id"].isin(cited) | f["origins"]["sentence_id"].isin(self.held)]
        used = {
            "events": events,
            "flows": f["flows"][f["flows"]["event_id"].isin(told)],
            "actors": f["actors"][f["actors"]["actor_id"].isin({*chains, *lists})],
            "origins": origins,
            "links": links,
            "quantities": f["quantities"][f["quantities"]["claim_id"].isin(ids)],
        }
        units = {(table, unit) for table, rows in used.items() for unit in merging.units_of(table, rows, self.data)}
        for table in (*merging.ROWS, "frames", "uncoded", "articles"):
            units |= (
                {(table, unit) for unit in merging.units_of(table, self.of(table), self.data)}
                if len(self.of(table))
                else set()
            )
        pairs = zip(f["recodes"]["table"], f["recodes"]["row_id"], strict=True)
        return used | {"recodes": f["recodes"][[pair in units for pair in pairs]]}

    def tabs(self) -> dict[str, Tab]:
        """The whole sheet: a row for each row that there is, and one for each sentence without a claim."""
        used, out = self.used(), {}
        for tab in merging.ROWS:
            frame = self.of(tab)
            if tab == "wordings":
                frame = frame.assign(sentence_ids=frame["sentence_id"])
            if tab == "claims":
                sums = used["quantities"].assign(
                    amount=[
                        self.text[int(a) : int(b)]
                        for a, b in zip(used["quantities"]["start"], used["quantities"]["end"], strict=True)
                    ]
                )
                frame = frame.merge(
                    sums[["claim_id", "quantity_id", "amount", "stage", "period", "base"]], on="claim_id", how="left"
                ).fillna("")
            key = merging.ROWS[tab]
            frame = frame.assign(words=frame[key].map(self.words), places=frame[key].map(self.spots))
            out[tab] = self.labelled(frame.assign(text=self.shown(frame["sentence_ids"])), tab)
        body = self.sentences[~self.sentences["zone"].isin(proofs.SILENT)]
        bare = body[~body["sentence_id"].isin(out["claims"]["sentence_ids"].str.split(";").explode())]
        bare = pd.DataFrame({"sentence_ids": bare["sentence_id"], "text": bare["sentence_id"].map(self.held)})
        bare = bare.assign(**self.hints(bare["sentence_ids"]))
        out["claims"] = pd.concat([out["claims"], bare], ignore_index=True).astype(object).fillna("")
        out["claims"] = out["claims"].sort_values("sentence_ids", key=self.rank, kind="stable")
        out["events"] = self.labelled(
            used["events"].merge(used["flows"], on="event_id", how="left").fillna(""), "events"
        )
        out["events"] = self.labelled(out["events"], "flows")
        paragraphs = (
            body.groupby("paragraph", sort=False)["sentence_id"]
            .agg(lambda ids: " ".join(map(self.held.get, ids)))
            .reset_index(name="text")
        )
        frames = paragraphs.merge(self.of("frames")[["paragraph", "frame"]], on="paragraph", how="left").fillna("")
        out["frames"] = self.labelled(frames, "frames")
        uncoded = self.of("uncoded")
        spans = [*zip(uncoded["start"], uncoded["end"], strict=True)]
        words, places = [self.text[int(a) : int(b)] for a, b in spans], [f"{a}-{b}" for a, b in spans]
        out["uncoded"] = self.labelled(
            uncoded.assign(text=self.shown(uncoded["sentence_id"]), words=words, places=places), "uncoded"
        )
        for tab in ("actors", "origins", "links", "recodes"):
            out[tab] = self.labelled(used[tab], tab)
        out["article"] = self.labelled(self.of("articles"), "articles").assign(
            state=merging.state(self.article_id, self.frames)
        )
        known = merging.tabs_known(self.data)
        tabs = {}
        for tab, frame in out.items():
            columns = [c.rstrip("?") for c in known[tab].frame]
            choices = {c: values for c in columns if (values := self.choices(tab, c))}
            tabs[tab] = Tab(
                frame.reindex(columns=columns, fill_value=""), choices, ("text", "words", "paraphrase"), known[tab].told
            )
        return tabs | {"known": self.known(), "codes": self.codebook()}

    def rank(self, ids: pd.Series) -> pd.Series:
        order = {sentence: n for n, sentence in enumerate(self.held)}
        return ids.str.split(";").str[0].map(order)

    def choices(self, tab: str, column: str) -> list[str]:
        """What a drop-down offers."""
        tables_of = {"article": ["articles"], "events": ["events", "flows"], "claims": ["claims", "quantities"]}.get(
            tab, [tab]
        )
        if column in ("event_id", "parent_event_id") and tab != "events" or column == "parent_event_id":
            events = self.frames["events"]
            return [*(events["event_id"] + " " + events["label"])]
        if column == "speaker":
            return ["the author", *self.frames["actors"]["name"]]
        if column == "dyads":
            return [*tables.listed("ties", self.data).values()]
        if column == "status":
            return [merging.SUGGESTED]
        if tab == "claims" and column == "value":
            known = [tables.codes("quantities", c, self.data) for c in ("stage", "measure")]
            terms = (c["label"] for c in tables.package(self.data)["termValues"])
            return [*dict.fromkeys((*known[0].values(), *known[1].values(), *terms))]
        for table in tables_of:
            if column in {f["name"] for f in tables.fields(table, self.data)} and (
                known := tables.codes(table, column, self.data)
            ):
                return [*known.values()]
        return ["yes", "no"] if column in ("umbrella", "in_total") else []

    def codebook(self) -> Tab:
        rows = [
            (table, f["name"], c["label"], c.get("description", ""), c.get("example", ""))
            for table in tables.resources(self.data)
            for f in tables.fields(table, self.data)
            for c in f.get("categories", ())
        ]
        frame = pd.DataFrame(rows, columns=["table", "column", "choice", "rule", "example"])
        return Tab(frame.drop_duplicates(["column", "choice", "rule"]), {}, ("rule", "example"), tuple(frame))

    def known(self) -> Tab:
        """Every event that is coded already: between whom, when, how much, what each text says of it; to look one up."""
        from tielines import aid  # later rooms
        from tielines.exhibits import core

        data = dataset.load(self.data)
        days = data.bounds.groupby("event_id").agg({"start": "min", "end": "max"})
        first, last = (days[side].dt.strftime("%Y-%m-%d").fillna("") for side in ("start", "end"))
        when = (first + " to " + last).where(first.ne(last), first)
        when = when.mask(first.eq(""), "by " + last).mask(last.eq(""), "from " + first).replace(["by ", "from "], "")
        sums = aid.amounts(data).assign(said=aid.printed).groupby("event_id")["said"].agg(lambda own: "; ".join({*own}))
        told = core.report_words(data.reports, data)
        label = told["article_id"].map(core.columns(data)).astype(object)
        told = (
            (
                label
                + ": "
                + told["text"].where(told["event_id"].isin(data.flows["event_id"]) | told["side"].eq("no"), "told")
            )
            .groupby(told["event_id"])
            .agg("; ".join)
        )
        frame = data.events.assign(between=core.told(data.events["tie"], data.listed("ties")))
        frame = frame.assign(domain=data.words(frame["domain"], "events"))
        for name, column in {"when": when, "amounts": sums, "told": told}.items():
            frame[name] = core.told(frame["event_id"].map(column), {})
        order = {name: n for n, name in enumerate(data.listed("ties").values())}
        frame = frame.sort_values(
            ["between", "domain", "label"], key=lambda c: c.map(order).fillna(99) if c.name == "between" else c
        )
        frame = frame[["event_id", "label", "between", "domain", "when", "amounts", "told"]]
        return Tab(frame, {}, ("label", "told"), tuple(frame))

    def hints(self, ids: pd.Series) -> dict[str, list[str]]:
        """What a program sees in each sentence: events like it, amounts, dates, actors that it names."""
        data, places = dataset.load(self.data), self.sentences.set_index("sentence_id")
        alike, names = likely(data), _names(data)
        published = dates.parse(self.of("articles")["published"].iloc[0])
        until = published.end or published.start
        out = {"perhaps": [], "amounts": [], "dates": [], "named": []}
        for sentence in ids:
            a, b = places.start[sentence], places.end[sentence]
            found = [name for name, pattern in names.items() if re.search(pattern, self.text[a:b])]
            kinds = texts.mentions(self.text, a, b)
            out["perhaps"].append("; ".join(f"{i} {label}" for i, label in alike(self.text[a:b])))
            sums = [(self.text[c:d], m) for c, d, m in merging.printed(self.text, a, b)]
            out["amounts"].append(
                "; ".join(
                    f"{said} = {m.qualifier} {next((v for v in (m.best, m.low, m.high) if v is not None), '')} {m.unit}"
                    for said, m in sums
                )
            )
            out["dates"].append(
                "; ".join(
                    self.day(c, d, parts, until) if kind == "date" else self.ago(c, d, until)
                    for kind, c, d, parts in kinds
                    if kind != "number"
                )
            )
            out["named"].append("; ".join(found))
        return out

    def ago(self, start: int, end: int, until) -> str:
        """Words that count from the publication, as EDTF where they say which day, month or year."""
        season = dates.SEASON_OF.search(self.text[:start])
        said = (season[0] if season else "") + self.text[start:end]
        day = dates.counted(said, until)
        return f"{day} ({said}, {merging.COUNTED})" if day else said

    def day(self, start: int, end: int, parts: tuple, until) -> str:
        """A printed date as EDTF; a year that is not printed is the last one possible, or left to the coder where other words decide it."""
        if parts[0]:
            season = parts[1] is None and dates.SEASON_OF.search(self.text[:start])
            return self.ago(start, end, until) if season else merging.edtf(*parts, until)
        near = re.search(r"\b(?:before|by|until|next) $", self.text[:start]) or re.match(
            r" of (?:that|the same|the next) year", self.text[end:]
        )
        return (
            f"{self.text[start:end].rstrip('.')}: of which year?"
            if near
            else merging.edtf(*parts, until) + merging.UNPRINTED
        )

    def second(self) -> dict[str, Tab]:
        """A blind sheet: the rows that were coded once, their sentences and words, and no code."""
        used, tabs = self.used(), {}
        done = {
            *zip(
                self.frames["recodes"]["table"],
                self.frames["recodes"]["row_id"],
                self.frames["recodes"]["variable"],
                strict=True,
            )
        }
        events = self.frames["events"].set_index("event_id")["label"]
        of_event = self.of("claims").groupby("event_id")["claim_id"].agg(list)
        for table in tables.resources(self.data):
            columns = merging.twice(table, self.data)
            frame = used.get(table, self.of(table) if columns and table not in used else None)
            if not columns or frame is None or frame.empty or table == "recodes":
                continue
            units = merging.units_of(table, frame, self.data)
            owed = [any((table, unit, c) not in done for c in columns) for unit in units]
            if table == "links":
                owed = [False] * len(
                    owed
                )  # relations are judged on both sides' rows, with the whole of both texts at hand
            rows = []
            for unit, row in zip(units[owed], frame[owed].to_dict("records"), strict=True):
                claims = (
                    of_event.get(row.get("event_id"), [])
                    if table in ("events", "flows")
                    else [row.get("claim_id", unit)]
                )
                ids = row.get("sentence_ids") or row.get("sentence_id") or ""
                ids = ids or ";".join(
                    i
                    for i, n in zip(self.sentences["sentence_id"], self.sentences["paragraph"], strict=True)
                    if row.get("paragraph") == n
                )
                words = " | ".join(self.words.get(i, "") for i in claims)
                if "start" in row and table != "anchors":
                    words = self.text[int(row["start"]) : int(row["end"])]
                about = events.get(row.get("event_id"), "") if table in ("events", "flows") else row.get("name", "")
                rows.append({"row_id": unit, "about": about, "text": self.shown(pd.Series([ids]))[0], "words": words})
            if rows:
                frame = pd.DataFrame(rows).reindex(columns=["row_id", *merging.SHOWN, *columns], fill_value="")
                choices = {c: values for c in columns if (values := self.choices(table, c))}
                tabs[merging.SECOND + table] = Tab(frame, choices, ("text", "words"), merging.SHOWN)
        if not tabs:
            raise DataError(f"every row of article {self.article_id} was coded a second time")
        return tabs | {"codes": self.codebook()}


def _zones(text: str, spans: list, known: dict):
    """A first guess at the zone of each paragraph: title, byline (short, at the head, with the author or a full date), body."""
    for n, (a, b) in enumerate(spans):
        dated = any(kind == "date" and None not in parts for kind, *_, parts in texts.mentions(text, a, b))
        signed = text[a:b].startswith("By ") or known.get("author") and known["author"] in text[a:b]
        head = 0 < n < 5 and len(text[a:b].split()) < 20 and not text[a:b].endswith((".", "!", "?"))
        yield (
            "title"
            if n == 0 and text[a:b] == known.get("title")
            else "byline"
            if head and (dated or signed)
            else "body"
        )


def _names(data) -> dict[str, str]:
    """{name: pattern} of the actors, states by their adjective and capital too."""
    adjectives = {
        data.listed("states")[i]: f"{word}|{data.listed('states', 'capital').get(i, word)}"
        for i, word in data.listed("states", "adjective").items()
    }
    return {
        name: r"\b(?:%s)" % "|".join(filter(None, (re.escape(name), adjectives.get(name))))
        for name in data.actors["name"]
        if name[:1].isupper()
    }


def likely(data: dataset.Dataset, n: int = 3):
    """A function of a sentence: the (event_id, label) of the ``n`` events most like it, best first.

    Like is what shares rare words and numbers with the event's label, item and paraphrases; states are among the words.
    """

    def stems(text):
        plain = re.sub(r"(?<=\d),(?=\d)", "", text.casefold())
        return {word[:6] for word in re.findall(r"[^\W\d_]{3,}|\d+", plain)}

    said = data.claims.groupby("event_id")["paraphrase"].agg(" ".join)
    items = data.items.set_index("event_id")["item"].astype(str)
    events = data.events[["event_id", "label", "umbrella"]].assign(said=data.events["event_id"].map(said).fillna(""))
    held = {
        r.event_id: (r.label, stems(f"{r.label} {items.get(r.event_id, '')}"), stems(r.said))
        for r in events.itertuples()
    }
    often = Counter(stem for _, label, said in held.values() for stem in label | said)
    general = set(events.loc[events["umbrella"], "event_id"])

    def alike(sentence: str) -> list[tuple[str, str]]:
        own, score = stems(sentence), {}
        for event_id, (_, label, said) in held.items():
            weight = sum(
                (2 if stem in label else 1) * math.log(len(held) / often[stem]) for stem in own & (label | said)
            )
            score[event_id] = (
                weight / len(label | said) ** 0.3 * (0.8 if event_id in general else 1)
            )  # tried on the real texts
        return [(i, held[i][0]) for i in sorted(score, key=lambda i: -score[i])[:n] if score[i] > 1]

    return alike


def sheet(article_id: str, data: Path = tables.DATA, where: Path | None = None) -> dict[str, Tab]:
    """The coding sheet of a registered article, for ``sheets.write``: its rows, and its sentences that have none."""
    return Writer(article_id, data, where).tabs()


def recode(article_id: str, data: Path = tables.DATA, where: Path | None = None) -> dict[str, Tab]:
    """A blind sheet for a second coder. Raises DataError where nothing is left to code."""
    return Writer(article_id, data, where).second()


def suggest(
    command: list[str], article_id: str, data: Path = tables.DATA, where: Path | None = None, seconds: int = 600
):
    """Rows that a program suggests for the tab claims, marked so, and notes on what was refused.

    The program reads JSON lines: first columns, codes and events, then a sentence each; and writes JSON lines, a row each.
    A row is taken where its words stand in its sentence and its codes and event exist. Nothing else is sent anywhere.
    """
    writer = Writer(article_id, data, where)
    columns = [c.rstrip("?") for c in merging.TABS["claims"].split() if not c.endswith("*")]
    codes = writer.codebook().frame.to_dict("records")
    events = writer.frames["events"][["event_id", "label"]].to_dict("records")
    told = [
        {
            "columns": columns,
            "codes": codes,
            "events": events,
            "actors": writer.frames["actors"][["actor_id", "name"]].to_dict("records"),
        }
    ]
    body = writer.sentences[~writer.sentences["zone"].isin(proofs.SILENT)]
    told += [{"sentence_ids": i, "text": writer.held[i]} for i in body["sentence_id"]]
    lines, ended = _answers(command, "".join(json.dumps(t, ensure_ascii=False) + "\n" for t in told).encode(), seconds)
    rows, refused = [], Counter()
    for line in lines:
        try:
            row = json.loads(line)
            row = {k: v if isinstance(v, str) else str(v) for k, v in row.items()}
        except (ValueError, AttributeError, RecursionError):
            refused["no JSON object"] += 1
            continue
        if row.keys() - columns:
            refused["has a column that there is not"] += 1
            continue
        row = dict.fromkeys(columns, "") | row
        draft = merging.Draft(writer.frames, data, article_id, writer.text)
        merging.Reader(draft, {"claims": pd.DataFrame([row | {"status": ""}])}, lambda tab: tab).read()
        if draft.problems or not row["words"]:
            refused[draft.problems[0].rule.partition(";")[0] if draft.problems else "rests on no words"] += 1
        else:
            rows.append(row | {"status": merging.SUGGESTED})
    why = f": {', '.join(f'{n} {rule}' for rule, n in refused.most_common())}" if refused else ""
    return pd.DataFrame(rows, columns=columns), [
        *ended,
        f"suggested rows: {len(rows)} taken, {sum(refused.values())} refused{why}",
    ]


def _answers(command: list[str], told: bytes, seconds: int) -> tuple[list[str], list[str]]:
    """The lines that a program writes before it ends or its time is over, and how it ended if not well."""
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(told)
        asked.seek(0)
        try:
            process = subprocess.Popen(command, stdin=asked, stdout=answered, start_new_session=True)
        except OSError as error:
            raise files.TielinesError(
                f"--suggest: {files.shown(command[0])} cannot be started: {error.strerror}"
            ) from None
        limit, ended = time.monotonic() + seconds, []
        try:
            while (
                process.poll() is None
                and time.monotonic() < limit
                and os.fstat(answered.fileno()).st_size < texts.LARGEST
            ):
                time.sleep(0.02)
            if process.poll() is None:
                ended = [f"the program was stopped after {seconds} seconds or {texts.LARGEST // 2**20} MB of answers"]
            elif process.returncode:
                ended = [f"the program ended with {process.returncode}"]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
            process.wait()
        answered.seek(0)
        return answered.read(texts.LARGEST).decode(errors="replace").splitlines(), ended
