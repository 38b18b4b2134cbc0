"""Writing safely and reading back what this library wrote itself."""

from sozialraum.files.atomic import output_folder, refuse_existing, writing

__all__ = ["output_folder", "refuse_existing", "writing"]
