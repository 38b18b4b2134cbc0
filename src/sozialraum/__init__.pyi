from . import datasets as datasets
from .access import (
    measure_access as measure_access,
    measure_raster as measure_raster,
)
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
from .areas.addresses import (
    address_key as address_key,
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
from .disclosure.hidden import (
    explain_suppression as explain_suppression,
)
from .disclosure.ledger import (
    publish as publish,
    read_ledger as read_ledger,
)
from .disclosure.publications.audit import (
    audit as audit,
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
from .evaluation import (
    evaluate as evaluate,
    evaluation_sentences as evaluation_sentences,
)
from .export import (
    write_geopackage as write_geopackage,
    write_proposal as write_proposal,
)
from .export.addresses import (
    write_address_key as write_address_key,
)
from .export.scores import (
    write_scores as write_scores,
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
    early_warning as early_warning,
    expected_false as expected_false,
    explain_flags as explain_flags,
    flag as flag,
    sentence as sentence,
    warning_sentence as warning_sentence,
)
from .flags.borders import (
    moran_over_zonings as moran_over_zonings,
)
from .flags.clusters import (
    cluster_sentences as cluster_sentences,
    find_clusters as find_clusters,
)
from .index import (
    read_method as read_method,
    score as score,
)
from .index.bounds import (
    bound_index as bound_index,
)
from .index.by_theme import (
    stratified as stratified,
    theme_indices as theme_indices,
)
from .index.contributions import (
    contributions as contributions,
)
from .index.correlation import (
    correlate as correlate,
)
from .index.coverage import (
    coverage as coverage,
)
from .index.coverage_words import (
    coverage_sentences as coverage_sentences,
)
from .index.sensitivity import (
    sensitivity as sensitivity,
)
from .index.series import (
    backcast_release as backcast_release,
    series as series,
)
from .index.settlement import (
    settlement_types as settlement_types,
)
from .index.smoothed import (
    smooth as smooth,
)
from .index.stability import (
    stability as stability,
)
from .index.standardised import (
    standardise as standardise,
)
from .index.states import (
    explain_missing as explain_missing,
    states as states,
)
from .index.targets import (
    target_sentences as target_sentences,
    targets as targets,
)
from .index.why import (
    explain_area as explain_area,
)
from .indicators import (
    measure as measure,
)
from .indicators.computable import (
    check_indicators as check_indicators,
)
from .maps import (
    draw_map as draw_map,
    draw_proposal as draw_proposal,
    write_map as write_map,
)
from .maps.charts import (
    draw_chart as draw_chart,
    write_chart as write_chart,
)
from .model import (
    AddressKey as AddressKey,
    Areas as Areas,
    Assignment as Assignment,
    Audit as Audit,
    AuditReport as AuditReport,
    Blocks as Blocks,
    Delivery as Delivery,
    Evaluation as Evaluation,
    Flags as Flags,
    Index as Index,
    Indicator as Indicator,
    Intervention as Intervention,
    JoinReport as JoinReport,
    Layer as Layer,
    Measures as Measures,
    Method as Method,
    Policy as Policy,
    Proposal as Proposal,
    Publication as Publication,
    Raster as Raster,
    Release as Release,
    Source as Source,
    Transfer as Transfer,
    TravelTimes as TravelTimes,
    Utility as Utility,
)
from .pipeline import (
    run as run,
)
from .pipeline.published import (
    Columns as Columns,
    score_published as score_published,
)
from .report import (
    write_report as write_report,
)
from .sources import (
    compare_streets as compare_streets,
    fetch as fetch,
    join_report as join_report,
    read_addresses as read_addresses,
    read_background as read_background,
    read_census_grid as read_census_grid,
    read_deliveries as read_deliveries,
    read_districts as read_districts,
    read_election as read_election,
    read_indicators as read_indicators,
    read_interventions as read_interventions,
    read_lines as read_lines,
    read_municipalities as read_municipalities,
    read_points as read_points,
    read_raster as read_raster,
    read_registers as read_registers,
    read_street_list as read_street_list,
    read_table as read_table,
    read_travel_times as read_travel_times,
    same_districts as same_districts,
    shipped_indicators as shipped_indicators,
    write_indicators as write_indicators,
)
from .sources.published import (
    read_published as read_published,
    read_published_groups as read_published_groups,
)
from .transfers import (
    build_transfer as build_transfer,
    compare_rules as compare_rules,
    transfer as transfer,
)
from .webmaps import (
    draw_web_map as draw_web_map,
    write_web_map as write_web_map,
)

__version__: str
