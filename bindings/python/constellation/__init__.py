"""Perfect order rates that both partners can reproduce, on the frames you have.

The package is a thin layer over the C library ``libconstellation``: any Arrow-capable frame goes in
without a copy, the same kind of frame comes out, and every number is computed in C, so that C,
Python and Go give the same bytes.

Examples
--------
>>> import constellation
>>> result = constellation.perfect_order_rate(
...     [{"order_id": 1, "promised": "2024-05-02", "delivered": "2024-05-01"},
...      {"order_id": 2, "promised": "2024-05-02", "delivered": "2024-05-09"}],
...     policy="components=T", as_of="2024-06-30", casts="text", zone="UTC")
>>> print(result.rate())
0.500000 (1 of 2), 0.094531 .. 0.905469
"""

from ._native import lib as _lib
from .collaboration import PartnerPlan, plan_orders
from .cost_to_serve import COST_DRIVERS, CostToServe
from .cells import KMeansCells
from .cluster import KMeans, KMeansPass
from .csv import CsvTable, InferredSchema, infer_csv_schema, read_csv, write_csv
from .decimals import (
    currency_scale,
    decimal_multiply,
    decimal_rescale,
    format_decimal,
    parse_decimal,
)
from .demand import DemandModel
from .errors import (
    ArithmeticOverflowError,
    BudgetError,
    BusyError,
    CancelledError,
    ClosedError,
    ConflictError,
    ConstellationError,
    CorruptError,
    CurrencyError,
    DeniedError,
    DuplicateError,
    EmptyError,
    ErasedError,
    ForkedError,
    FormatError,
    FullError,
    IOFailedError,
    InvalidArgumentError,
    LeakageError,
    LibraryError,
    LimitError,
    LockedError,
    MismatchError,
    MissingError,
    NewerFormatError,
    NoManifestError,
    NotClusteredError,
    NotFoundError,
    NotIdentifiedError,
    NotSupportedError,
    OutOfMemoryError,
    PoisonedError,
    PolicyError,
    ProofError,
    ReadOnlyError,
    RebuildError,
    RowErrors,
    SchemaError,
    SignatureError,
    SplitViewError,
    StaleError,
    StateError,
    StreamError,
    StructSizeError,
    StructTooNewError,
    UnevaluableError,
    UnverifiedError,
)
from .ets import EtsResult, ets_filter
from .events import (
    EventDocument,
    EventTable,
    read_dcsa,
    read_epcis,
    write_dcsa,
    write_epcis,
)
from .feedback import Interactions
from .forecast import FORECAST_MODELS, Forecaster
from .forecast_score import FORECAST_METRICS, count_quantiles, forecast_metric, forecast_score
from .fulfilment import PerfectOrderResult, PerfectOrderState, perfect_order_rate
from .global_ridge import GlobalRidge, forecast_weights
from .global_ridge_state import GlobalRidgeState
from .journey import Journey, JourneyDefinition, Journeys
from .loyalty import (
    Loyalty,
    LoyaltyShare,
    LoyaltyState,
    LoyaltyVerdicts,
    NetPromoter,
    OccasionVerdict,
    judge_occasions,
    net_promoter,
    post_stratified,
    share_of_verdicts,
)
from .network import KeptVerdicts, Network, NetworkInfo
from .policy import PolicyKey, ServicePolicy
from .prototypes import KPrototypes
from .reconciliation import reconcile
from .record import Field, Noun, Record, nouns
from .retention import Contracts, Retention
from .rfm import RFM, Purchases, rfm_rules
from .schema import Binding, Schema
from .service_plan import ServicePlan, ServicePlanner, segment_compare, segment_moves
from .shared_log import LogEntry, SharedLog
from .signal_model import SignalModel
from .signal_regression import SignalRegression
from .signals import (
    SIGNAL_FEATURES,
    SIGNAL_KINDS,
    Signal,
    plot_signal_values,
    signal_value,
)
from .snapshot import Changes, EffectiveEvents, Snapshot
from .stages import StageHistory, StagePolicy, StageReplay, StageState, StageSummary
from .stats import Rate, quantile, rate_difference, rate_interval, value_tiles
from .table import RowError, RowErrorTable, Table
from .theta import ThetaModel, fit_theta
from .times import (
    WorkingCalendar,
    Zone,
    civil_from_days,
    days_from_civil,
    format_time,
    parse_time,
    to_datetime,
    to_us,
)
from .transaction import Transaction
from .value import CustomerValue, GammaGamma
from .value_added import ValueAdded
from .verdict import Delivery, OrderLine, Verdict, judge_line, judge_order

__all__ = [
    "ArithmeticOverflowError",
    "Binding",
    "BudgetError",
    "BusyError",
    "COST_DRIVERS",
    "CancelledError",
    "Changes",
    "ClosedError",
    "ConflictError",
    "ConstellationError",
    "Contracts",
    "CorruptError",
    "CostToServe",
    "CsvTable",
    "CurrencyError",
    "CustomerValue",
    "Delivery",
    "DemandModel",
    "DeniedError",
    "DuplicateError",
    "EffectiveEvents",
    "EmptyError",
    "ErasedError",
    "EtsResult",
    "EventDocument",
    "EventTable",
    "FORECAST_METRICS",
    "FORECAST_MODELS",
    "Field",
    "Forecaster",
    "ForkedError",
    "FormatError",
    "FullError",
    "GammaGamma",
    "GlobalRidge",
    "GlobalRidgeState",
    "IOFailedError",
    "InferredSchema",
    "Interactions",
    "InvalidArgumentError",
    "Journey",
    "JourneyDefinition",
    "Journeys",
    "KMeans",
    "KMeansCells",
    "KMeansPass",
    "KPrototypes",
    "KeptVerdicts",
    "LeakageError",
    "LibraryError",
    "LimitError",
    "LockedError",
    "LogEntry",
    "Loyalty",
    "LoyaltyShare",
    "LoyaltyState",
    "LoyaltyVerdicts",
    "MismatchError",
    "MissingError",
    "NetPromoter",
    "Network",
    "NetworkInfo",
    "NewerFormatError",
    "NoManifestError",
    "NotClusteredError",
    "NotFoundError",
    "NotIdentifiedError",
    "NotSupportedError",
    "Noun",
    "OccasionVerdict",
    "OrderLine",
    "OutOfMemoryError",
    "PartnerPlan",
    "PerfectOrderResult",
    "PerfectOrderState",
    "PoisonedError",
    "PolicyError",
    "PolicyKey",
    "ProofError",
    "Purchases",
    "RFM",
    "Rate",
    "ReadOnlyError",
    "RebuildError",
    "Record",
    "Retention",
    "RowError",
    "RowErrorTable",
    "RowErrors",
    "SIGNAL_FEATURES",
    "SIGNAL_KINDS",
    "Schema",
    "SchemaError",
    "ServicePlan",
    "ServicePlanner",
    "ServicePolicy",
    "SharedLog",
    "Signal",
    "SignalModel",
    "SignalRegression",
    "SignatureError",
    "Snapshot",
    "SplitViewError",
    "StageHistory",
    "StagePolicy",
    "StageReplay",
    "StageState",
    "StageSummary",
    "StaleError",
    "StateError",
    "StreamError",
    "StructSizeError",
    "StructTooNewError",
    "Table",
    "ThetaModel",
    "Transaction",
    "UnevaluableError",
    "UnverifiedError",
    "ValueAdded",
    "Verdict",
    "WorkingCalendar",
    "Zone",
    "__version__",
    "civil_from_days",
    "currency_scale",
    "days_from_civil",
    "decimal_multiply",
    "decimal_rescale",
    "ets_filter",
    "fit_theta",
    "forecast_weights",
    "format_decimal",
    "format_time",
    "infer_csv_schema",
    "judge_line",
    "judge_occasions",
    "judge_order",
    "library_path",
    "library_version",
    "net_promoter",
    "nouns",
    "parse_decimal",
    "parse_time",
    "perfect_order_rate",
    "plan_orders",
    "plot_signal_values",
    "post_stratified",
    "quantile",
    "rate_difference",
    "rate_interval",
    "read_csv",
    "read_dcsa",
    "read_epcis",
    "reconcile",
    "rfm_rules",
    "segment_compare",
    "segment_moves",
    "share_of_verdicts",
    "signal_value",
    "to_datetime",
    "to_us",
    "value_tiles",
    "write_csv",
    "write_dcsa",
    "write_epcis",
]

__version__ = "0.1.0"


def library_version() -> str:
    """The version of the loaded C library.

    Examples
    --------
    >>> library_version().count(".")
    2
    """
    return str(_lib.cstn_version_text().decode())


def library_path() -> str:
    """Where the loaded C library came from: a path, or the name the system resolved."""
    return _lib.path
