#ifndef CONSTELLATION_CONSTELLATION_H
#define CONSTELLATION_CONSTELLATION_H

/** @file constellation.h
 *  Everything. Each area also has a header of its own. */

#include <constellation/agreement.h>
#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/constraint.h>
#include <constellation/cost_to_serve.h>
#include <constellation/csv.h>
#include <constellation/customer.h>
#include <constellation/customer_value.h>
#include <constellation/data_value.h>
#include <constellation/decimal.h>
#include <constellation/decision.h>
#include <constellation/demand.h>
#include <constellation/demand_evaluate.h>
#include <constellation/demand_fit.h>
#include <constellation/demand_global.h>
#include <constellation/demand_online.h>
#include <constellation/demand_plan.h>
#include <constellation/demand_reconcile.h>
#include <constellation/demand_regress.h>
#include <constellation/demand_signal.h>
#include <constellation/event_json.h>
#include <constellation/event_proof.h>
#include <constellation/export.h>
#include <constellation/interaction.h>
#include <constellation/journey.h>
#include <constellation/kmeans.h>
#include <constellation/kmeans_cells.h>
#include <constellation/ledger.h>
#include <constellation/loyalty.h>
#include <constellation/negotiation.h>
#include <constellation/network.h>
#include <constellation/network_tools.h>
#include <constellation/odrl.h>
#include <constellation/order_verdict.h>
#include <constellation/party_keys.h>
#include <constellation/perfect_order.h>
#include <constellation/privacy.h>
#include <constellation/progress.h>
#include <constellation/prototypes.h>
#include <constellation/psi.h>
#include <constellation/rate.h>
#include <constellation/receipt.h>
#include <constellation/record.h>
#include <constellation/relationship_stage.h>
#include <constellation/release.h>
#include <constellation/retention.h>
#include <constellation/rfm.h>
#include <constellation/schema.h>
#include <constellation/service_policy.h>
#include <constellation/service_plan.h>
#include <constellation/shared_log.h>
#include <constellation/sharing.h>
#include <constellation/status.h>
#include <constellation/term.h>
#include <constellation/time.h>
#include <constellation/vault.h>
#include <constellation/version.h>

#endif
