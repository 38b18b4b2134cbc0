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
# # Von anderen Gebieten, Orten und Rastern zu den Sozialräumen
#
# Nicht jede Zahl liegt für die eigenen Gebiete vor: Wahlen werden nach Wahlbezirken gezählt, der
# Ganztag nach Schulbezirken, Praxen sind Punkte, die Landnutzung ist ein Raster. Hier kommt alles
# auf die Sozialräume des erfundenen Musterkreises.

# %%
import tempfile
from pathlib import Path

import sozialraum as sr

probe = sr.datasets.sample_path()
ordner = Path(tempfile.mkdtemp(prefix="sozialraum-"))
gelaufen = sr.run(sr.read_config(probe), until="areas", work=ordner / "arbeit")
bloecke, gebiete = gelaufen.blocks, gelaufen.areas

# %% [markdown]
# ## Wahlbezirke
#
# Briefwahl zählt in eigenen Bezirken. Ohne Entscheidung darüber wird nichts gelesen; hier gehen
# die Stimmen an die Wahlbezirke, für die der Briefwahlbezirk steht.

# %%
wahl = sr.read_election(
    probe / "lieferungen/wahlen/kreistagswahl_2025.csv",
    postal="share",
    postal_groups=r"^9?(\d\d)",
)
wahlbezirke = sr.read_districts(probe / "daten/wahlbezirke.gpkg", key="wahlbezirk_id")
for satz in sr.join_report(wahl, wahlbezirke).sentences():
    print(satz)

# %% [markdown]
# Ein Wahlbezirk liegt oft in mehreren Sozialräumen. Geteilt wird er so, wie die Menschen in ihm
# wohnen. Was geteilt wurde, ist eine Schätzung und bleibt eine.

# %%
weg = sr.build_transfer(wahlbezirke, gebiete, by=bloecke, column="residents")
uebertragen = sr.transfer(wahl, weg)
weg, uebertragen.estimates[:2]

# %%
print(uebertragen.notes[-1])

# %% [markdown]
# ## Was eine Grenze ausmacht
#
# Zellen auf der Grenze: Je nach Regel hat eine Gemeinde mehr oder weniger Menschen.

# %%
zensus = sr.read_census_grid(
    probe / "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip", resolution="1km"
)
gemeinden = sr.read_municipalities(probe / "daten/vg250_musterkreis.gpkg", county="05999")
sr.compare_rules(zensus, gemeinden, "Einwohner").round(2).tail(4)

# %% [markdown]
# ## Wie weit ist es zur Praxis, wie viele Kitaplätze sind erreichbar?

# %%
praxen = sr.read_points(
    probe / "daten/punkte.gpkg", key="punkt_id", where={"art": "Arztpraxis"}
)
arzt = sr.measure_access(praxen, bloecke, gebiete, name="arzt", reach=1000)
arzt.variables

# %%
kitas = sr.read_points(
    probe / "daten/punkte.gpkg",
    key="punkt_id",
    where={"art": "Kindertageseinrichtung"},
    capacity="plaetze",
)
plaetze = sr.measure_access(
    kitas,
    bloecke,
    gebiete,
    name="kita",
    demand="u15",
    method="2sfca",
    reach=2000,
    decay="gaussian",
)
plaetze.variables

# %% [markdown]
# ## Ein Raster
#
# Jede Zelle zählt in jedem Gebiet mit dem Teil, der darin liegt.

# %%
raster = sr.read_raster(probe / "daten/landnutzung.tif")
flaeche = sr.measure_raster(raster, gebiete, name="flaeche", classes={"bebaut": [1, 5]}, gap=0.2)
raster, flaeche

# %% [markdown]
# Alles sind Lieferungen wie andere auch: Der Katalog nennt sie, `measure` zählt, und erst
# `protect` lässt Anteile heraus. In `sozialraum.toml` stehen dafür `[[carried]]`, `[[access]]` und
# `[[rasters]]`.
