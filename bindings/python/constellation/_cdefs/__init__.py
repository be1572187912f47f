"""The C interface as ctypes sees it: constants, structs, opaque handles and functions.

A module a public header, under its name; here they are one. Nothing here thinks: each row repeats a
declaration, and ``tests/test_cdefs.py`` fails when one of them, a type, a field, an offset or a
constant differs. An opaque handle is a type of its own, so that a mixed-up handle is a
ctypes.ArgumentError.
"""

from __future__ import annotations

import sys
from ctypes import Structure
from types import ModuleType
from typing import Dict, List, Type

from .agreement import *  # noqa: F403
from .alloc import *  # noqa: F403
from .arrow import *  # noqa: F403
from .constraint import *  # noqa: F403
from .cost_to_serve import *  # noqa: F403
from .csv import *  # noqa: F403
from .customer import *  # noqa: F403
from .customer_value import *  # noqa: F403
from .data_value import *  # noqa: F403
from .decimal import *  # noqa: F403
from .decision import *  # noqa: F403
from .demand import *  # noqa: F403
from .demand_evaluate import *  # noqa: F403
from .demand_fit import *  # noqa: F403
from .demand_global import *  # noqa: F403
from .demand_online import *  # noqa: F403
from .demand_plan import *  # noqa: F403
from .demand_reconcile import *  # noqa: F403
from .demand_regress import *  # noqa: F403
from .demand_signal import *  # noqa: F403
from .event_json import *  # noqa: F403
from .event_proof import *  # noqa: F403
from .interaction import *  # noqa: F403
from .journey import *  # noqa: F403
from .kmeans import *  # noqa: F403
from .kmeans_cells import *  # noqa: F403
from .ledger import *  # noqa: F403
from .loyalty import *  # noqa: F403
from .negotiation import *  # noqa: F403
from .network import *  # noqa: F403
from .network_tools import *  # noqa: F403
from .odrl import *  # noqa: F403
from .order_verdict import *  # noqa: F403
from .party_keys import *  # noqa: F403
from .perfect_order import *  # noqa: F403
from .privacy import *  # noqa: F403
from .progress import *  # noqa: F403
from .prototypes import *  # noqa: F403
from .psi import *  # noqa: F403
from .rate import *  # noqa: F403
from .receipt import *  # noqa: F403
from .record import *  # noqa: F403
from .relationship_stage import *  # noqa: F403
from .release import *  # noqa: F403
from .retention import *  # noqa: F403
from .rfm import *  # noqa: F403
from .schema import *  # noqa: F403
from .service_plan import *  # noqa: F403
from .service_policy import *  # noqa: F403
from .shared_log import *  # noqa: F403
from .sharing import *  # noqa: F403
from .status import *  # noqa: F403
from .term import *  # noqa: F403
from .time import *  # noqa: F403
from .vault import *  # noqa: F403
from .version import *  # noqa: F403
from .common import Functions
from .common import P as P

#: the modules above, each of which is named after its header
_MODULES: List[ModuleType] = [
    module
    for name, module in sorted(sys.modules.items())
    if name.startswith(f"{__name__}.") and hasattr(module, "DECLARED")
]

FUNCTIONS: Functions = {
    name: types for module in _MODULES for name, types in module.DECLARED.items()
}

STRUCTURES: Dict[str, Type[Structure]] = {
    name: value
    for module in _MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, Structure) and value is not Structure
}
