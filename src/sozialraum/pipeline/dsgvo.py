"""Drafts for the data-protection officer, out of a project file."""

from datetime import date
from pathlib import Path

from sozialraum.config import Config
from sozialraum.pipeline.inputs import Inputs
from sozialraum.pipeline.purge import described
from sozialraum.report.dsgvo import Processing, write_dsgvo


def draft_dsgvo(
    config: Config, folder: str | Path, *, on: date | None = None, overwrite: bool = False
) -> Path:
    """Write drafts of the documents that the GDPR asks for and return their folder.

    Parameters
    ----------
    config
        The project file. No delivery is read; files may be missing.
    folder
        Where to write: see :func:`sozialraum.report.dsgvo.write_dsgvo`.
    on
        Day of the draft; today when omitted.
    overwrite
        Replace drafts written before.

    Raises
    ------
    SozialraumError
        The policy, the catalogue or the description of the deliveries is faulty, or the
        folder cannot be written.
    """
    inputs = Inputs(config)
    processing = Processing(
        title=config.project.title,
        county=config.project.county,
        policy=inputs.policy,
        deliveries=described(config),
        indicators=inputs.indicators,
        output=config.project.output,
        work=config.project.work,
        today=on or date.today(),  # noqa: DTZ011 - the local day of the draft
    )
    return write_dsgvo(folder, processing, overwrite=overwrite)
