"""Writing safely and reading back what this library wrote itself."""

from sozialraum.files.atomic import check_output_folder, output_folder, refuse_existing, writing

__all__ = ["check_output_folder", "output_folder", "refuse_existing", "writing"]
