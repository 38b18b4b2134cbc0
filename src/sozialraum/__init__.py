"""Small-area social monitoring: areas as small as data protection allows.

What flows through it::

    files ──read_*──▶ Layer ──build_blocks──▶ Blocks ──delineate_areas / adopt_areas──▶ Areas
                                                   ╲                                   │
                      indicator catalogue, deliveries ──measure──▶ Measures     (confidential)
    ═════════════════════════ protect(measures, policy) ═════════ the gate ═══════════════════
                                                      Release ──score──▶ Index ──flag──▶ Flags
                                                         │                      (publishable)
                   draw_map · draw_web_map · write_report · write_geopackage

Public names are imported on first use, so that ``import sozialraum`` stays light.

Examples
--------
>>> import sozialraum as sr
>>> sr.read_policy("standard").k
3
"""

import lazy_loader

__version__ = "0.1.0"

_PUBLIC = {
    "areas": ["adopt_areas", "check_areas", "delineate_areas", "propose"],
    "blocks": ["build_blocks"],
    "config": ["Config", "read_config"],
    "disclosure": ["protect", "read_policy"],
    "errors": [
        "ConfigError",
        "DelineationError",
        "DisclosureError",
        "GeometryError",
        "IndicatorError",
        "OutputError",
        "SourceError",
        "SozialraumError",
        "SozialraumWarning",
        "StatisticsError",
    ],
    "export": ["write_geopackage", "write_proposal"],
    "files.readback": ["read_flags", "read_index", "read_release"],
    "flags": ["flag"],
    "index": ["score"],
    "indicators": ["measure"],
    "maps": ["draw_map", "draw_proposal", "write_map"],
    "model": [
        "Areas",
        "Audit",
        "Blocks",
        "Delivery",
        "Flags",
        "Index",
        "Indicator",
        "Layer",
        "Measures",
        "Policy",
        "Proposal",
        "Release",
        "Source",
    ],
    "pipeline": ["run"],
    "report": ["write_report"],
    "sources": [
        "read_background",
        "read_census_grid",
        "read_deliveries",
        "read_districts",
        "read_indicators",
        "read_municipalities",
        "read_table",
    ],
    "webmaps": ["draw_web_map", "write_web_map"],
}

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submodules=["datasets"], submod_attrs=_PUBLIC
)
