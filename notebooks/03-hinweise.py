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
# # Wo ist es wirklich schlechter?
#
# Hinweise im erfundenen Musterkreis: Was hebt sich vom Zufall ab? Wie fest steht ein Hinweis? Was
# kommt neu dazu? Und hat eine Maßnahme etwas geändert? Gerechnet wird nur mit der Freigabe.

# %%
import tempfile
from pathlib import Path

import sozialraum as sr

probe = sr.read_config(sr.datasets.sample_path())
ordner = Path(tempfile.mkdtemp(prefix="sozialraum-"))
gelaufen = sr.run(probe, until="index", work=ordner / "arbeit")
freigabe, index = gelaufen.release, gelaufen.index

# %% [markdown]
# ## Hinweise, und wie fest sie stehen
#
# Drei Prüfungen je Gebiet und Indikator: die Quote selbst, das Gebiet mit seinen Nachbarn, die
# Nachbarn allein. Alle zusammen bilden eine Familie; daneben steht, wie viele falsche Hinweise zu
# erwarten sind.

# %%
hinweise = sr.flag(index, indicators=["sgb2", "kinderarmut"])
hinweise

# %%
sr.expected_false(hinweise)

# %%
tafel = sr.explain_flags(hinweise, language="de")
tafel[["name", "grade", "direction", "stability", "kept"]].head(8)

# %%
for satz in tafel["sentence"].head(3):
    print(satz, end="\n\n")

# %% [markdown]
# ## Auf einen Blick
#
# Der Trichter zeigt, wie weit Quoten kleiner Gebiete durch Zufall streuen. Die Karte zeigt, was
# hoch ist und von Hohem umgeben.

# %%
sr.draw_chart(hinweise, "funnel", indicator="sgb2")

# %%
sr.draw_chart(hinweise, "moran", indicator="sgb2")

# %%
sr.draw_map(hinweise, "lisa:sgb2")

# %% [markdown]
# ## Was kommt neu dazu?
#
# Zehn Jahre, jedes Gebiet gegen den Kreis. Mit `until` lässt sich zurückblicken: Wann wäre die
# Warnung gekommen?

# %%
for jahr in range(2020, 2026):
    warnung = sr.early_warning(freigabe, indicators=["sgb2"], until=f"{jahr}-12-31")
    steigt = warnung[(warnung["direction"] == "rising") & (warnung["grade"] == "confirmed")]
    print(jahr, len(steigt), "Gebiete mit gesicherter Warnung")

# %%
sr.draw_chart(hinweise, "trends", indicator="sgb2")

# %% [markdown]
# ## Häufungen ohne Grenzen im Kopf
#
# Das Suchfenster wandert als Kreis über die Karte, auch über Gemeindegrenzen.

# %%
haeufungen = sr.find_clusters(freigabe, "sgb2", share=0.1)
for satz in sr.cluster_sentences(freigabe, haeufungen.head(3), "de"):
    print(satz, end="\n\n")

# %% [markdown]
# ## Hat die Maßnahme etwas geändert?
#
# Verglichen wird mit ähnlichen Gebieten ohne Maßnahme. Zuerst steht, welcher Unterschied überhaupt
# zu sehen wäre.

# %%
massnahmen = sr.read_interventions(sr.datasets.sample_path() / "daten" / "massnahmen.csv")
wirkung = sr.evaluate(freigabe, massnahmen, "sgb2")
for satz in sr.evaluation_sentences(wirkung, language="de").values():
    print(satz, end="\n\n")

# %%
sr.draw_chart(wirkung, "effect")
