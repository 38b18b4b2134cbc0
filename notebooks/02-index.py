# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Ein Index, dem man trauen kann
#
# Status und Dynamik der Gebiete des erfundenen Musterkreises: Wie sicher ist eine Einstufung? Warum
# steht ein Gebiet, wo es steht? Was wäre, wenn man anders rechnete? Und wen erreicht, wer nur in die
# auffälligen Gebiete geht? Alles rechnet mit der Freigabe, also nur mit Zahlen, die jeder sehen darf.

# %%
import tempfile
from pathlib import Path

import sozialraum as sr

probe = sr.read_config(sr.datasets.sample_path())
ordner = Path(tempfile.mkdtemp(prefix="sozialraum-"))
freigabe = sr.run(probe, until="release", work=ordner / "arbeit").release
freigabe

# %% [markdown]
# ## Der Index und seine Grenzfälle
#
# Vier Klassen des Status, drei der Dynamik. Die Stabilität sagt, in wie vielen von 100 denkbaren
# Fällen eine Einstufung hält, wenn man den Zufall kleiner Fallzahlen bedenkt. Unter 80 ist sie ein
# Grenzfall; auf der Zeichnung ist er ein Ring.

# %%
index = sr.score(freigabe, indicators=["sgb2", "kinderarmut"])
index

# %%
sr.draw_chart(index, "spread")

# %% [markdown]
# ## Warum sind wir rot?
#
# Die Beiträge der Indikatoren addieren sich zum Index. Zahlen von Personen stehen dabei, denn ein
# Index gibt Orientierung, gehandelt wird für Menschen.

# %%
gebiet = index.table["status_index"].idxmax()
print(sr.explain_area(index, gebiet, "de"))

# %%
sr.draw_chart(index, "portrait", area=gebiet)

# %% [markdown]
# ## Hat sich etwas verbessert?
#
# Die Dynamik vergleicht ein Gebiet mit den anderen. Wer langsamer aufholt als sie, hat eine negative
# Dynamik und kann trotzdem entlastet sein. Deshalb steht daneben die Veränderung auf fester Skala.

# %%
sr.draw_chart(index, "moves")

# %%
sr.draw_chart(freigabe, "line", area=gebiet, indicator="sgb2")

# %% [markdown]
# ## Und wenn man anders rechnet?

# %%
anders = sr.sensitivity(index)
anders.choices

# %%
# drei Quoten, die fast dasselbe messen
drei = sr.score(freigabe, indicators=["sgb2", "kinderarmut", "bg"], draws=0)
print("\n".join(sr.correlate(drei).warnings("de")))
sr.correlate(drei).table()

# %% [markdown]
# ## Wen erreichen wir?
#
# Der Anteil der Betroffenen, die in den Gebieten mit Aufmerksamkeitsbedarf wohnen. In ländlichen
# Gemeinden liegt Armut verstreut; dort sagt die Karte wenig.

# %%
sr.draw_chart(index, "reach", indicator="kinderarmut")

# %% [markdown]
# ## Kleine Zahlen geglättet, Ziele, fehlende Werte

# %%
sr.smooth(freigabe, "kinderarmut").sort_values("shrunk", ascending=False).head()

# %%
print("\n".join(sr.target_sentences(freigabe, language="de")))

# %%
fehlt = index.table.index[index.table["state"] == "suppressed"][0]
print(sr.explain_missing(freigabe, fehlt, "kinderarmut", language="de"))
sr.states(freigabe).query("geography == 'sozialraum'").tail()
