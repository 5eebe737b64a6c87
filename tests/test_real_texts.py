"""The tables against the real texts; skipped, visibly, where the texts are not there."""

import pandas as pd

from tielines import checks, tables, texts


def test_every_row_is_proven(data, article_texts):
    proofs = texts.verify(article_texts, data.articles, data.sentences, data.claims, data.quantities)
    assert proofs.loc[proofs["outcome"].ne("ok")].empty
    dated = data.claims["attribute"].eq("date") & data.claims["value_basis"].eq("explicit")
    rows = len(data.articles) + len(data.sentences) + len(data.quantities) + dated.sum()
    assert len(proofs) == rows


def test_every_numeral_and_date_is_in_a_row(article_texts):
    assert checks.uncovered(article_texts) == []


def test_a_numeral_without_a_row_is_found(article_texts, copy):
    frame = pd.read_csv(copy / "uncoded.csv", dtype=str, keep_default_na=False)
    amount = frame["scope"].eq("amount")
    assert amount.any()
    frame.drop(frame.index[amount][0]).to_csv(copy / "uncoded.csv", index=False)
    assert [p.rule for p in checks.uncovered(article_texts, copy)] == ["this number is in no row"]


def test_the_locators_are_what_the_splitter_gives(data, article_texts):
    made = [texts.sentences(a.article_id, article_texts[a.article_id], a.zones) for a in data.articles.itertuples()]
    pd.testing.assert_frame_equal(
        pd.concat(made, ignore_index=True), data.sentences.astype({"zone": str}), check_dtype=False
    )
    for row in data.articles.itertuples():
        assert len(article_texts[row.article_id].split()) == row.words


def test_an_amount_with_a_unit_may_not_be_uncoded(article_texts, copy):
    amount = tables.load_quantities().query("unit == 't'").iloc[0]
    sentence = tables.load_claims().set_index("claim_id").loc[amount["claim_id"], "sentence_ids"]
    row = f"{sentence},amount,{amount['start']},{amount['end']},idiom\n"
    with open(copy / "uncoded.csv", "a", encoding="utf-8") as file:
        file.write(row)
    assert "never uncoded" in checks.uncovered(article_texts, copy)[0].rule
