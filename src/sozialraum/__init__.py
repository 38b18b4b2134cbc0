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

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
