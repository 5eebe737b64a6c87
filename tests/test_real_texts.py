"""The tables against the real texts; skipped, visibly, where the texts are not there."""

from copy import copy

import pandas as pd
import pytest

from tielines import proofs, tables, texts
from tielines.__main__ import main


def replace(data, **changed):
    """The same dataset with other tables."""
    other = copy(data)
    vars(other).update(changed)
    return other


def test_every_row_is_proven(data, article_texts):
    proven = proofs.verify(article_texts, data)
    assert proven.loc[proven["outcome"].ne("ok")].empty
    counts = proven["proof"].value_counts()
    dated = data.claims["attribute"].eq("date") & data.claims["value_basis"].eq("explicit")
    assert counts["words"] == len(data.anchors) and counts["amount"] == len(data.quantities)
    assert counts["sentence"] == len(data.sentences) and counts["date"] == dated.sum()
    assert counts["term"] == counts["quotes"] == len(data.wordings)


def test_every_clause_is_accounted_for(data):
    full = data.articles.loc[data.articles["coverage"].eq("full"), "article_id"]
    share, left = proofs.accounted(data), proofs.unclaimed(data.sentences, data.anchors, data.uncoded)
    assert share.loc[share["article_id"].isin(full), "share"].ge(99).all()
    assert left.loc[left["article_id"].isin(full), "words"].max() < proofs.RUN


def test_every_numeral_and_date_is_in_a_row(data, article_texts):
    assert proofs.uncovered(article_texts, data) == []


def test_a_numeral_without_a_row_is_found(data, article_texts):
    amounts = data.uncoded.index[data.uncoded["scope"].eq("amount") & data.uncoded["reason"].eq("designation")]
    found = proofs.uncovered(article_texts, replace(data, uncoded=data.uncoded.drop(amounts[0])))
    assert len(found) == 1 and "this number is in no row" in found[0]


def test_the_locators_are_what_the_splitter_gives(data, article_texts):
    made = [
        texts.sentences(a.article_id, article_texts[a.article_id], a.zones)
        for a in tables.read("articles").itertuples()
    ]
    pd.testing.assert_frame_equal(
        pd.concat(made, ignore_index=True), data.sentences.astype({"zone": str}), check_dtype=False
    )


@pytest.mark.parametrize("scope", ["amount", "claim"])
def test_an_amount_with_a_unit_may_not_be_uncoded(data, article_texts, scope):
    amount = data.quantities.query("unit == 't'").iloc[0]
    sentence = data.claims.set_index("claim_id").loc[amount["claim_id"], "sentence_ids"].split(";")[0]
    row = {"sentence_id": sentence, "scope": scope, "start": amount["start"], "end": amount["end"], "reason": "idiom"}
    uncoded = pd.concat([data.uncoded.astype(object), pd.DataFrame([row])], ignore_index=True)
    assert "never uncoded" in proofs.uncovered(article_texts, replace(data, uncoded=uncoded))[0]


def test_files_that_were_swapped_are_named_by_every_command_and_nothing_is_told_of_them(
    article_texts, tmp_path, capsys
):
    swapped = {"000": article_texts["001"], "001": article_texts["000"].replace("\n", "\r\n")}
    for article, text in (article_texts | swapped).items():
        (tmp_path / f"{article}.txt").write_text(text, encoding="utf-8", newline="")
    for command in (["hydrate"], ["locate", "rice"], ["verify"]):
        assert main([*command, "--articles", str(tmp_path)]) == 1
        out, err = capsys.readouterr()
        assert "000.txt holds the text of article 001" in out + err
        assert "001.txt holds the text of article 000" in out + err
        assert "drifted" not in out and (command == ["verify"] or not out)
