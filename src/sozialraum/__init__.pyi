from . import datasets as datasets
from .areas import (
    adopt_areas as adopt_areas,
    adopt_assignment as adopt_assignment,
    adopt_geography as adopt_geography,
    check_areas as check_areas,
    delineate_areas as delineate_areas,
    delineate_levels as delineate_levels,
    explain_areas as explain_areas,
    merge_slivers as merge_slivers,
    propose as propose,
)
from .blocks import (
    build_blocks as build_blocks,
)
from .config import (
    Config as Config,
    read_config as read_config,
)
from .disclosure import (
    protect as protect,
    read_policy as read_policy,
)
from .disclosure.publications.audit import (
    audit as audit,
)
from .disclosure.hidden import (
    explain_suppression as explain_suppression,
)
from .disclosure.ledger import (
    publish as publish,
    read_ledger as read_ledger,
)
from .disclosure.publications.reading import (
    read_publication as read_publication,
)
from .disclosure.utility import (
    explain_utility as explain_utility,
)
from .errors import (
    ConfigError as ConfigError,
    DelineationError as DelineationError,
    DisclosureError as DisclosureError,
    GeometryError as GeometryError,
    IndicatorError as IndicatorError,
    OutputError as OutputError,
    SourceError as SourceError,
    SozialraumError as SozialraumError,
    SozialraumWarning as SozialraumWarning,
    StatisticsError as StatisticsError,
)
from .export import (
    write_geopackage as write_geopackage,
    write_proposal as write_proposal,
)
from .files.proposal import (
    read_proposal as read_proposal,
)
from .files.readback import (
    read_flags as read_flags,
    read_index as read_index,
    read_release as read_release,
)
from .flags import (
    flag as flag,
)
from .index import (
    score as score,
)
from .indicators import (
    measure as measure,
)
from .maps import (
    draw_map as draw_map,
    draw_proposal as draw_proposal,
    write_map as write_map,
)
from .model import (
    Areas as Areas,
    Assignment as Assignment,
    Audit as Audit,
    AuditReport as AuditReport,
    Blocks as Blocks,
    Delivery as Delivery,
    Flags as Flags,
    Index as Index,
    Indicator as Indicator,
    Layer as Layer,
    Measures as Measures,
    Policy as Policy,
    Proposal as Proposal,
    Publication as Publication,
    Release as Release,
    Source as Source,
    Utility as Utility,
)
from .pipeline import (
    run as run,
)
from .report import (
    write_report as write_report,
)
from .sources import (
    read_background as read_background,
    read_census_grid as read_census_grid,
    read_deliveries as read_deliveries,
    read_districts as read_districts,
    read_indicators as read_indicators,
    read_lines as read_lines,
    read_municipalities as read_municipalities,
    read_table as read_table,
)
from .webmaps import (
    draw_web_map as draw_web_map,
    write_web_map as write_web_map,
)

__version__: str
