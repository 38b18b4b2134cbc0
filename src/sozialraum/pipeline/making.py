"""Making the noun of every stage from the project file and the nouns before."""

from dataclasses import replace
from datetime import date
from typing import Any, cast

from sozialraum.areas import adopt_areas, adopt_assignment, adopt_geography, delineate_areas
from sozialraum.blocks import build_blocks
from sozialraum.config import Config
from sozialraum.disclosure import protect
from sozialraum.disclosure.ledger import LEDGER, read_ledger
from sozialraum.disclosure.register.layers import earlier_areas
from sozialraum.disclosure.sheet import Withheld
from sozialraum.evaluation import evaluate
from sozialraum.files.pin import pin_path
from sozialraum.files.vault import Vault
from sozialraum.flags import flag
from sozialraum.index import score
from sozialraum.indicators import measure
from sozialraum.model import Areas, Blocks, Evaluation, Flags, Index, Measures, Release
from sozialraum.pipeline.further import deliveries_on_areas, notes_of
from sozialraum.pipeline.inputs import Inputs
from sozialraum.pipeline.step import Notify

RESIDENTS = "residents"


class Making:
    """One method a stage; each takes the nouns made so far."""

    def __init__(self, config: Config, inputs: Inputs, vault: Vault, notify: Notify) -> None:
        self.config, self.inputs, self.vault, self.notify = config, inputs, vault, notify
        pin = pin_path(config.folder)
        named = config.disclosure.ledger
        self.ledger = read_ledger(config.path(named) if named else pin.with_name(LEDGER), pin)

    def blocks(self, _made: dict[str, Any]) -> Blocks:
        """Return the blocks."""
        part = self.config.blocks
        return build_blocks(
            self.inputs.layers,
            nest_in=self.inputs.municipalities,
            register=self.inputs.register,
            register_date=_dates(part.register_date),
            derived=part.derived,
            estimates=part.estimates,
            design=part.design,
            contiguity=part.contiguity,
            barriers=self.inputs.barriers,
            crossings=self.inputs.crossings,
        )

    def areas(self, made: dict[str, Any]) -> Areas:
        """Return adopted or proposed areas."""
        part, blocks, policy = self.config.areas, made["blocks"], self.inputs.policy
        demands = {
            "policy": policy,
            "rates": part.rates,
            "dates": _dates(part.dates),
            "noise": part.noise or None,
            "certainty": part.certainty,
        }
        look = {"outline": part.outline, "follow": self.inputs.follow}
        if self.inputs.edited is not None:
            return adopt_assignment(blocks, self.inputs.edited, **demands, **look)
        wishes = {
            "seed": self.config.project.seed,
            "unreachable": part.unreachable,
            "exclaves": part.exclaves,
            "prefer": self.inputs.prefer,
            "alike": part.alike or None,
            "likeness": part.likeness,
            "effort": part.effort,
            "tolerance": part.tolerance,
        }
        given = self.inputs.given
        if given and part.change == "none":
            return adopt_areas(blocks, given, elsewhere=part.elsewhere, **demands, **wishes, **look)
        change = {"given": given, "change": part.change} if given else {}
        return delineate_areas(blocks, **change, **demands, **wishes, **look)

    def measures(self, made: dict[str, Any]) -> Measures:
        """Return counts, over every geography now and before."""
        deliveries = deliveries_on_areas(self.config, self.inputs, made["blocks"], made["areas"])
        found = measure(
            made["blocks"],
            made["areas"],
            self.inputs.indicators,
            deliveries,
            residents=self._residents(made["blocks"]),
            others=self._others(made["blocks"]),
            earlier=earlier_areas(self.ledger),
            county=self.config.project.county,
        )
        return replace(found, carried=notes_of(deliveries, self.inputs.deliveries))

    def _residents(self, blocks: Blocks) -> str | None:
        """Return who counts as resident where the register went into blocks that are districts.

        Its keys are theirs and no area's; of cells it is read again, with all its dates.
        """
        told = self.config.blocks.districts and RESIDENTS in blocks.counts.columns
        return RESIDENTS if told else None

    def _others(self, blocks: Blocks) -> tuple[Areas, ...]:
        """Return the further geographies of the project file."""
        parts = self.config.geographies
        return tuple(
            adopt_geography(
                blocks,
                layer,
                geography=part.name,
                policy=self.inputs.policy,
                rates=self.config.areas.rates,
                rule=part.rule,
                prefix=part.prefix,
                label_de=part.label.de if part.label else "",
                label_en=part.label.en if part.label else "",
            )
            for part, layer in zip(parts, self.inputs.geographies, strict=True)
        )

    def release(self, made: dict[str, Any]) -> Release:
        """Return what may be published, given what was."""
        from joblib import cpu_count

        part = self.config.disclosure
        return protect(
            made["measures"],
            self.inputs.policy,
            ledger=self.ledger,
            audience=part.audience,
            withheld=self.withheld(),
            key=self.vault.secret("perturbation"),
            workers=cpu_count(),
            notify=lambda done, total: self.notify("release", f"{done} / {total}", 0.0),
        )

    def withheld(self) -> tuple[Withheld, ...]:
        """Return what is withheld today: without a day for good, else until that day."""
        return tuple(
            Withheld(one.municipality, one.indicator)
            for one in self.config.disclosure.withheld
            if one.until is None or today() < date.fromisoformat(one.until)
        )

    def index(self, made: dict[str, Any]) -> Index:
        """Return the index."""
        part = cast("Any", self.config.index)
        return score(
            made["release"],
            method=self.inputs.method,
            indicators=part.indicators,
            date=part.date,
            years=part.years,
            baseline=part.baseline,
            draws=part.draws,
            seed=self.config.project.seed,
        )

    def flags(self, made: dict[str, Any]) -> Flags:
        """Return the flags."""
        part = self.config.flags
        return flag(
            made["index"] or made["release"],
            indicators=part.indicators,
            rate=part.rate,
            permutations=part.permutations,
            seed=self.config.project.seed,
        )

    def evaluation(self, made: dict[str, Any]) -> tuple[Evaluation, ...]:
        """Return what interventions changed, one evaluation an indicator."""
        part, given = self.config.interventions, self.inputs.interventions
        return tuple(
            evaluate(made["release"], given, name) for name in (part.indicators if part else ())
        )


def today() -> date:
    """Return the local day, until which a policy or an embargo holds."""
    return date.today()  # noqa: DTZ011 - a local day, as people sign


def _dates(days: tuple[str, ...]) -> Any:
    """Return reference dates as the stages take them: some, all or the usual one."""
    return "all" if "all" in days else days or None
