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
# # Eine erste Karte
#
# Vom Zensusgitter zur Karte der Gebiete, die Aufmerksamkeit brauchen: der ganze Weg in zwölf
# Zeilen, am erfundenen Musterkreis. Was vertraulich ist, zeigt im Notebook nur Form, Spalten und
# Quelle, denn Notebooks speichern ihre Ausgaben.

# %%
import sozialraum as sr

probe = sr.datasets.sample_path()

# %% [markdown]
# ## Lesen: Gemeinden, Zensuszellen, Lieferungen

# %%
kreis = sr.read_municipalities(probe / "daten/vg250_musterkreis.gpkg", county="05999")
zellen = sr.read_census_grid(
    probe / "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip",
    within=kreis,
    variables={"residents_census": "Einwohner"},
)
lieferungen = sr.read_deliveries(probe / "deliveries.toml")
melderegister = next(lieferung for lieferung in lieferungen if lieferung.name == "register")
zellen

# %% [markdown]
# ## Blöcke und Gebiete
#
# Zwölf Gemeinden haben beschlossene Quartiere; sie werden übernommen und geprüft. In den anderen
# schlägt das Programm die kleinsten Gebiete vor, die alle Mindestgrößen erfüllen.

# %%
regel = sr.read_policy(probe / "policy.toml")
bloecke = sr.build_blocks(zellen, nest_in=kreis, register=melderegister)
quartiere = sr.read_districts(probe / "daten/quartiere.gpkg", key="quartier_id", name="name")
gebiete = sr.adopt_areas(bloecke, quartiere, policy=regel, rates=("u65", "u15"), seed=7)
gebiete

# %% [markdown]
# ## Messen, schützen, einordnen
#
# `protect` ist das Tor: Erst danach gibt es Anteile, Klassen und Karten.

# %%
katalog = sr.read_indicators(probe / "indicators.toml")
katalog = [indikator for indikator in katalog if indikator.id in ("sgb2", "kinderarmut")]
zahlen = sr.measure(bloecke, gebiete, katalog, lieferungen, county="Musterkreis")
freigabe = sr.protect(zahlen, regel)
freigabe

# %%
index = sr.score(freigabe)
hinweise = sr.flag(index, rate=0.05, seed=7)
hinweise

# %% [markdown]
# ## Die Karte

# %%
sr.draw_map(hinweise, background=sr.read_background(probe / "daten/hintergrund.gpkg"))

# %% [markdown]
# Eine Karte ungeschützter Zahlen gibt es nicht:

# %%
try:
    sr.draw_map(zahlen)
except sr.DisclosureError as fehler:
    print(fehler.text("de"))
