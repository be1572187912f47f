#ifndef CSTN_SEGMENT_PLAN_H
#define CSTN_SEGMENT_PLAN_H

#include <stdatomic.h>

#include <constellation/service_plan.h>

#include "segment/plan_menu.h"
#include "segment/plan_rows.h"

/* Columns of a plan: those of the input of segments come first and keep their numbers. */
enum cstn__plan_field {
	CSTN__PLAN_SEGMENT = 0,
	CSTN__PLAN_RULE,
	CSTN__PLAN_CUSTOMERS,
	CSTN__PLAN_VALUE_AT_RISK,
	CSTN__PLAN_UNIT_MARGIN,
	CSTN__PLAN_HOLDING,
	CSTN__PLAN_OBSOLESCENCE,
	CSTN__PLAN_SALVAGE,
	CSTN__PLAN_RESIDUAL_CLV,
	CSTN__PLAN_UNITS_PER_FAILED_ORDER,
	CSTN__PLAN_DEMAND_MEAN,
	CSTN__PLAN_DEMAND_SD,
	CSTN__PLAN_LEAD_TIME_PROBABILITY,
	CSTN__PLAN_STAGE,
	CSTN__PLAN_PERFECT,
	CSTN__PLAN_PERFECT_OF,
	CSTN__PLAN_HANDED_ON, /* the first of those that nothing here reads */
	CSTN__PLAN_INPUTS = CSTN__PLAN_HANDED_ON + 18,
	CSTN__PLAN_PERFECT_RATE = CSTN__PLAN_INPUTS,
	CSTN__PLAN_PERFECT_LOW,
	CSTN__PLAN_PERFECT_HIGH,
	CSTN__PLAN_REPEAT_DIFFERENCE,
	CSTN__PLAN_REPEAT_LOW,
	CSTN__PLAN_REPEAT_HIGH,
	CSTN__PLAN_EVIDENCE_COVER,
	CSTN__PLAN_FAILURE_VALUE,
	CSTN__PLAN_UNDERAGE,
	CSTN__PLAN_OVERAGE,
	CSTN__PLAN_SERVICE_LEVEL,
	CSTN__PLAN_FILL_RATE,
	CSTN__PLAN_TIER,
	CSTN__PLAN_PROTECTED,
	CSTN__PLAN_LEAD_TIME_DAYS,
	CSTN__PLAN_LEAD_TIME_PPM,
	CSTN__PLAN_MENU_OPTION,
	CSTN__PLAN_MENU_SERVICES,
	CSTN__PLAN_MENU_PROMISE_DAYS,
	CSTN__PLAN_MENU_SERVICE_LEVEL,
	CSTN__PLAN_MENU_ORDER_DAYS,
	CSTN__PLAN_MENU_MINIMUM_ORDER,
	CSTN__PLAN_MENU_UPLIFT,
	CSTN__PLAN_MENU_COST,
	CSTN__PLAN_REASONS,
	CSTN__PLAN_FIELDS
};
extern const cstn__plan_column cstn__plan_columns[CSTN__PLAN_FIELDS];

enum {
	CSTN__EVIDENCE_SEGMENT,
	CSTN__EVIDENCE_STRATUM,
	CSTN__EVIDENCE_PERFECT,
	CSTN__EVIDENCE_PERFECT_REPEAT,
	CSTN__EVIDENCE_FAILED,
	CSTN__EVIDENCE_FAILED_REPEAT,
	CSTN__EVIDENCE_FIELDS
};
enum { CSTN__LEAD_SEGMENT, CSTN__LEAD_DAYS, CSTN__LEAD_PPM, CSTN__LEAD_FIELDS };
enum {
	CSTN__MENU_SEGMENT,
	CSTN__MENU_OPTION,
	CSTN__MENU_UPLIFT,
	CSTN__MENU_COST,
	CSTN__MENU_USE,
	CSTN__MENU_SERVICES = CSTN__MENU_USE + 3,
	CSTN__MENU_PROMISE_DAYS,
	CSTN__MENU_LEVEL,
	CSTN__MENU_ORDER_DAYS,
	CSTN__MENU_MINIMUM,
	CSTN__MENU_FIELDS
};

#define CSTN__PLAN_TABLES 4

struct cstn_service_plan_builder {
	cstn_allocator allocator;
	cstn_service_plan_options options;        /* with defaults in place */
	cstn__plan_rows table[CSTN__PLAN_TABLES]; /* CSTN_PLAN_INPUT_... - 1 */
};

struct cstn_service_plan {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn_service_plan_options options;
	size_t n;
	cstn__plan_cell *cells; /* n x CSTN__PLAN_FIELDS, by label */
	uint32_t *reasons;
	cstn__arena texts;
	int32_t has_menu;
	cstn__menu_answer menu;
	char digest[65];
	cstn__bytes json; /* member "plan" */
};

static inline cstn__plan_cell *cstn__plan_at(const cstn_service_plan *plan, size_t row)
{
	return &plan->cells[row * CSTN__PLAN_FIELDS];
}

static inline void cstn__plan_set_real(cstn__plan_cell *cell, double value)
{
	cell->real = value;
	cell->valid = 1;
}

static inline void cstn__plan_set_number(cstn__plan_cell *cell, int64_t value)
{
	cell->number = value;
	cell->valid = 1;
}

/* The row of a segment; SIZE_MAX if there is none. */
size_t cstn__plan_find(const cstn_service_plan *plan, const cstn__plan_cell *label);
/* The rows of a table in the order of segment (none last), then of column `then` if not 0; free
 * count pointers. */
cstn_status cstn__plan_sorted(const cstn__plan_rows *rows, int32_t then,
		const cstn_allocator *allocator, const cstn__plan_cell ***out, cstn_error **error);

/* Steps of a decision: each fills cells and reasons of all segments. */
cstn_status cstn__plan_service(
		cstn_service_plan *plan, const cstn__plan_rows *evidence, cstn_error **error);
cstn_status cstn__plan_tiers(cstn_service_plan *plan, cstn_error **error);
cstn_status cstn__plan_lead_times(
		cstn_service_plan *plan, const cstn__plan_rows *lead_times, cstn_error **error);
cstn_status cstn__plan_choose(
		cstn_service_plan *plan, const cstn__plan_rows *menu, cstn_error **error);

/* "no_effect|stage_raised" into `text`. Returns its length. */
size_t cstn__plan_reason_text(uint32_t reasons, char text[256]);
/* The JSON of the plan and its digest. */
cstn_status cstn__plan_write_json(cstn_service_plan *plan, cstn_error **error);

#endif
