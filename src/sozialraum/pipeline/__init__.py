"""The one room that knows the order: project file in, published folder out.

Every stage is keyed by what it depends on (file contents, its part of the project
file, the code itself and the stages before it) and kept in a private work folder; a
stage whose key is unchanged is not computed again. Outputs are kept per file: a missing
or altered file is written again, the others are taken over.

Public names are imported on first use: who only looks at deliveries draws no maps.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
