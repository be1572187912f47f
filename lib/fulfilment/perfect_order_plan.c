/* What an update reads: the columns the policy and the dimensions need, and which short cuts the
 * policy allows.
 *
 * Columns that the policy does not look at are not declared, so that a frame may hold anything
 * beside them. One of Arrow type null is there, which is evidence, and otherwise passed over. */
#include <string.h>

#include "base/civil.h"
#include "base/cpu.h"
#include "base/error.h"
#include "fulfilment/perfect_order_update.h"

#define KEY CSTN__ACCEPT_KEY
#define TIME CSTN__ACCEPT_TIME
#define NUMBER CSTN__ACCEPT_QUANTITY
#define INT32 CSTN__ACCEPT(CSTN_TYPE_INT32)
#define TEXT CSTN__ACCEPT(CSTN_TYPE_TEXT)
#define FLAG CSTN__ACCEPT(CSTN_TYPE_FLAG)

static const struct {
	const char *name;
	uint32_t accept;
} line_columns[CSTN__COL_COUNT] = {
		[CSTN__COL_ORDER_ID] = {"order_id", KEY},
		[CSTN__COL_SHIPMENT_ID] = {"shipment_id", KEY},
		[CSTN__COL_LINE_NUMBER] = {"line_number", INT32},
		[CSTN__COL_ORDER_LINES] = {"order_lines", INT32},
		[CSTN__COL_ORDERED] = {"ordered", TIME},
		[CSTN__COL_REQUESTED] = {"requested", TIME},
		[CSTN__COL_PROMISED] = {"promised", TIME},
		[CSTN__COL_PROMISED_LAST] = {"promised_last", TIME},
		[CSTN__COL_PROMISED_CUSTOMER] = {"promised_customer", TIME},
		[CSTN__COL_PROMISED_SUPPLIER] = {"promised_supplier", TIME},
		[CSTN__COL_DELIVERED] = {"delivered", TIME},
		[CSTN__COL_SHIPPED] = {"shipped", TIME},
		[CSTN__COL_ARRIVED] = {"arrived", TIME},
		[CSTN__COL_ACCEPTED] = {"accepted", TIME},
		[CSTN__COL_RECORDED] = {"recorded", TIME},
		[CSTN__COL_ATTEMPTED] = {"attempted", TIME},
		[CSTN__COL_QTY] = {"qty", NUMBER},
		[CSTN__COL_QTY_CANCELLED] = {"qty_cancelled", NUMBER},
		[CSTN__COL_QTY_DELIVERED] = {"qty_delivered", NUMBER},
		[CSTN__COL_QTY_DUE] = {"qty_due", NUMBER},
		[CSTN__COL_VALUE] = {"value", NUMBER},
		[CSTN__COL_PRICE] = {"price", NUMBER},
		[CSTN__COL_STATUS] = {"status", TEXT},
		[CSTN__COL_SHIPMENTS] = {"shipments", INT32},
		[CSTN__COL_SUBSTITUTE] = {"substitute", FLAG},
		[CSTN__COL_SUBSTITUTE_AGREED] = {"substitute_agreed", FLAG},
		[CSTN__COL_WRONG_ITEM] = {"wrong_item", FLAG},
		[CSTN__COL_CUSTOMER_FAULT] = {"customer_fault", FLAG},
		[CSTN__COL_FORCE_MAJEURE] = {"force_majeure", FLAG},
		[CSTN__COL_CONDITION_OK] = {"condition_ok", FLAG},
		[CSTN__COL_DAMAGED] = {"damaged", FLAG},
		[CSTN__COL_DEFECTIVE] = {"defective", FLAG},
		[CSTN__COL_WRONG_CONFIGURATION] = {"wrong_configuration", FLAG},
		[CSTN__COL_REFUSED] = {"refused", FLAG},
		[CSTN__COL_DOCUMENTS_OK] = {"documents_ok", INT32},
		[CSTN__COL_DOCUMENTS_BAD] = {"documents_bad", INT32},
		[CSTN__COL_DOCUMENTS_COMPLETE] = {"documents_complete", TIME},
		[CSTN__COL_RETURNED] = {"returned", TIME},
		[CSTN__COL_RETURN_REASON] = {"return_reason", TEXT},
		[CSTN__COL_LATE_CAUSE] = {"late_cause", TEXT},
		[CSTN__COL_SHORT_CAUSE] = {"short_cause", TEXT},
		[CSTN__COL_DOCUMENTS_CAUSE] = {"documents_cause", TEXT},
		[CSTN__COL_CONDITION_CAUSE] = {"condition_cause", TEXT},
		[CSTN__COL_LATE_OWNER] = {"late_owner", TEXT},
		[CSTN__COL_SHORT_OWNER] = {"short_owner", TEXT},
		[CSTN__COL_DOCUMENTS_OWNER] = {"documents_owner", TEXT},
		[CSTN__COL_CONDITION_OWNER] = {"condition_owner", TEXT},
		[CSTN__COL_PROMISED_OFFSET] = {"promised_offset_minutes", INT32},
		[CSTN__COL_ACTUAL_OFFSET] = {"actual_offset_minutes", INT32},
		[CSTN__COL_SHIP_TO_ZONE] = {"ship_to_zone", TEXT},
		[CSTN__COL_POLICY_DIGEST] = {"policy_digest", TEXT},
};

static int promise_column(const cstn__policy_rules *rules)
{
	switch (rules->promise_basis) {
	case CSTN__PROMISE_REQUESTED:
		return CSTN__COL_REQUESTED;
	case CSTN__PROMISE_LAST_COMMIT:
		return CSTN__COL_PROMISED_LAST;
	default:
		return CSTN__COL_PROMISED;
	}
}

static int actual_column(const cstn__policy_rules *rules)
{
	static const int columns[] = {CSTN__COL_DELIVERED, CSTN__COL_SHIPPED, CSTN__COL_ARRIVED,
			CSTN__COL_ACCEPTED, CSTN__COL_RECORDED};

	return columns[rules->actual_basis];
}

static int basis_column(const cstn__policy_rules *rules, int32_t basis)
{
	if (basis == CSTN__BASIS_PERIOD)
		basis = rules->period_basis;
	switch (basis) {
	case CSTN__BASIS_ORDERED:
		return CSTN__COL_ORDERED;
	case CSTN__BASIS_SHIPPED:
		return CSTN__COL_SHIPPED;
	case CSTN__BASIS_DELIVERED:
		return CSTN__COL_DELIVERED;
	default:
		return promise_column(rules);
	}
}

static void need_components(uint8_t *need, const cstn__policy_rules *rules)
{
	uint32_t parts = rules->components;
	int c;

	if (parts & CSTN_COMPONENT_ON_TIME && rules->attempt_counts)
		need[CSTN__COL_ATTEMPTED] = 1;
	if (parts & CSTN_COMPONENT_IN_FULL || rules->credit_unit) {
		need[CSTN__COL_SUBSTITUTE] = need[CSTN__COL_SUBSTITUTE_AGREED] = 1;
		need[CSTN__COL_WRONG_ITEM] = 1;
		need[CSTN__COL_QTY_DUE] = rules->in_full_at_due || rules->credit_unit;
		need[CSTN__COL_SHIPMENTS] = rules->single_shipment;
	}
	if (parts & CSTN_COMPONENT_DOCUMENTS) {
		need[CSTN__COL_DOCUMENTS_BAD] = 1;
		need[CSTN__COL_DOCUMENTS_OK] = rules->documents_positive;
		need[CSTN__COL_DOCUMENTS_COMPLETE] =
				rules->documents_positive || rules->documents_within != CSTN__UNSET;
	}
	if (parts & CSTN_COMPONENT_CONDITION) {
		need[CSTN__COL_DAMAGED] = need[CSTN__COL_DEFECTIVE] = 1;
		need[CSTN__COL_WRONG_CONFIGURATION] = need[CSTN__COL_REFUSED] = 1;
		need[CSTN__COL_CONDITION_OK] = rules->condition_positive;
	}
	if (rules->returns_restate != 1)
		need[CSTN__COL_RETURNED] = need[CSTN__COL_RETURN_REASON] = 1;
	for (c = 0; c < 4; c++)
		if (parts >> c & 1)
			need[CSTN__COL_LATE_CAUSE + c] = need[CSTN__COL_LATE_OWNER + c] = 1;
}

static void need_columns(const cstn_perfect_order *state, uint8_t *need)
{
	const cstn__policy_rules *rules = state->judge.rules;
	size_t i;

	memset(need, 0, CSTN__COL_COUNT);
	need[rules->level == CSTN__LEVEL_SHIPMENT ? CSTN__COL_SHIPMENT_ID : CSTN__COL_ORDER_ID] = 1;
	need[CSTN__COL_LINE_NUMBER] = need[CSTN__COL_STATUS] = need[CSTN__COL_POLICY_DIGEST] = 1;
	need[CSTN__COL_ORDER_LINES] =
			rules->level == CSTN__LEVEL_ORDER && !cstn__state_is_wide(state);
	need[promise_column(rules)] = need[actual_column(rules)] = 1;
	/* a quantity cancelled to nothing takes the line out, whatever is measured */
	need[CSTN__COL_QTY] = need[CSTN__COL_QTY_CANCELLED] = 1;
	/* and a line is there when its quantity is */
	need[CSTN__COL_QTY_DELIVERED] = 1;
	if (rules->promise_basis == CSTN__PROMISE_LAST_COMMIT)
		need[CSTN__COL_PROMISED] = 1;
	if (!rules->customer_change_ignore)
		need[CSTN__COL_PROMISED_CUSTOMER] = 1;
	if (rules->supplier_change_supersede)
		need[CSTN__COL_PROMISED_SUPPLIER] = 1;
	if (!rules->customer_change_ignore && rules->supplier_change_supersede)
		need[CSTN__COL_PROMISED_LAST] = 1;
	if (rules->customer_fault != CSTN__FAIL)
		need[CSTN__COL_CUSTOMER_FAULT] = 1;
	if (rules->force_majeure == CSTN__EXCLUDE)
		need[CSTN__COL_FORCE_MAJEURE] = 1;
	if (rules->weight == CSTN__WEIGHT_VALUE)
		need[CSTN__COL_VALUE] = need[CSTN__COL_PRICE] = 1;
	if (rules->zone == CSTN__ZONE_EVENT || rules->zone == CSTN__ZONE_SHIP_TO)
		need[CSTN__COL_PROMISED_OFFSET] = need[CSTN__COL_ACTUAL_OFFSET] = 1;
	if (rules->zone == CSTN__ZONE_SHIP_TO)
		need[CSTN__COL_SHIP_TO_ZONE] = 1;
	need_components(need, rules);
	if (rules->period_basis != CSTN__BASIS_DUE && (state->flags & CSTN_PERFECT_ORDER_PERIOD))
		need[basis_column(rules, rules->period_basis)] = 1;
	for (i = 0; i < state->registry.n_dimensions; i++)
		if (state->registry.dimensions[i].period)
			need[basis_column(rules, state->registry.dimensions[i].basis)] = 1;
}

/* Without a promise no line could be in the rate, and without a quantity none could be weighed:
 * there a wrong name is likelier than a fact. Absent evidence is a fact: the component is
 * unassessed. */
static int is_required(const cstn__policy_rules *rules, int column)
{
	if (column == CSTN__COL_ORDER_ID)
		return rules->level != CSTN__LEVEL_LINE;
	if (column == promise_column(rules))
		return (rules->components & CSTN_COMPONENT_ON_TIME) != 0;
	if (column == CSTN__COL_QTY)
		return rules->weight != CSTN__WEIGHT_COUNT;
	return column == CSTN__COL_SHIPMENT_ID;
}

static void declare(cstn__plan *plan, const uint8_t *need)
{
	const cstn_perfect_order *state = plan->state;
	size_t i;
	int c;

	for (c = 0; c < CSTN__COL_COUNT; c++) {
		cstn__column_decl *decl = &plan->decls[plan->n_decls];

		plan->at[c] = -1;
		if (!need[c])
			continue;
		memset(decl, 0, sizeof(*decl));
		decl->name = line_columns[c].name;
		decl->accept = line_columns[c].accept;
		decl->scale = -1;
		/* keys are checked for nulls here: a row without one is left out, not stopped at */
		decl->nullable = 1;
		decl->required = (uint8_t)is_required(state->judge.rules, c);
		plan->at[c] = plan->n_decls++;
	}
	for (i = 0; i < state->registry.n_dimensions; i++) {
		cstn__column_decl *decl = &plan->decls[plan->n_decls];

		plan->dim_at[i] = -1;
		plan->dim_basis[i] = -1;
		if (state->registry.dimensions[i].period)
			continue;
		memset(decl, 0, sizeof(*decl));
		decl->name = state->registry.dimensions[i].column;
		decl->accept = CSTN__ACCEPT_DIMENSION;
		decl->scale = -1;
		decl->nullable = 1;
		decl->required = 1;
		plan->dim_at[i] = plan->n_decls++;
	}
}

/* Only now it is known which columns the stream has, and of which types. */
static cstn_status check_types(cstn__plan *plan, cstn_error **error)
{
	cstn_perfect_order *state = plan->state;
	int32_t type;
	size_t i;

	if (plan->key_column >= 0) {
		type = cstn__bound_type(plan->bound, (size_t)plan->at[plan->key_column]);
		if (state->registry.key_type && state->registry.key_type != type)
			return cstn__fail(error, CSTN_E_SCHEMA,
					"column '%s' is %s here, %s in the lines before",
					line_columns[plan->key_column].name, cstn_type_name(type),
					cstn_type_name(state->registry.key_type));
		plan->text_key = type == CSTN_TYPE_TEXT;
		plan->key_type = type;
	}
	for (i = 0; i < state->registry.n_dimensions; i++) {
		const cstn__dimension *dimension = &state->registry.dimensions[i];

		if (dimension->period) {
			int column = basis_column(state->judge.rules, dimension->basis);

			plan->dim_basis[i] = plan->at[column] < 0 ? -1 : column;
			continue;
		}
		/* a frame that knows nothing but nulls says nothing of the type of the others */
		if (cstn__bound_is_null(plan->bound, (size_t)plan->dim_at[i]))
			continue;
		type = cstn__bound_type(plan->bound, (size_t)plan->dim_at[i]);
		plan->dim_type[i] = type;
		if (dimension->type && dimension->type != type)
			return cstn__fail(error, CSTN_E_SCHEMA,
					"column '%s' is %s here, %s in the lines before",
					dimension->text, cstn_type_name(type),
					cstn_type_name(dimension->type));
	}
	return CSTN_OK;
}

static int has(const cstn__plan *plan, int column)
{
	return plan->at[column] >= 0;
}

static void find_evidence(cstn__plan *plan)
{
	const cstn__policy_rules *rules = plan->judge.rules;
	uint32_t *evidence = &plan->judge.evidence;

	if (!has(plan, plan->actual_column))
		*evidence &= ~CSTN__EVIDENCE_ACTUAL;
	if (!has(plan, CSTN__COL_QTY) ||
			!has(plan, rules->in_full_at_due ? CSTN__COL_QTY_DUE
							 : CSTN__COL_QTY_DELIVERED))
		*evidence &= ~CSTN__EVIDENCE_QUANTITY;
	if (!has(plan, CSTN__COL_DOCUMENTS_OK) && !has(plan, CSTN__COL_DOCUMENTS_COMPLETE))
		*evidence &= ~CSTN__EVIDENCE_DOCUMENTS;
	if (!has(plan, CSTN__COL_CONDITION_OK))
		*evidence &= ~CSTN__EVIDENCE_CONDITION;
}

/* A column of Arrow type null has nothing to say of any line: what is read of it is what is read of
 * one that is not there. Kept are those whose being there is asked for elsewhere. */
static void pass_over_nulls(cstn__plan *plan)
{
	static const uint8_t kept[CSTN__COL_COUNT] = {[CSTN__COL_ORDER_ID] = 1,
			[CSTN__COL_SHIPMENT_ID] = 1,
			[CSTN__COL_ORDER_LINES] = 1,
			[CSTN__COL_QTY] = 1,
			[CSTN__COL_QTY_DELIVERED] = 1};
	int c;

	for (c = 0; c < CSTN__COL_COUNT; c++)
		if (has(plan, c) && !kept[c] && c != plan->promise_column &&
				c != plan->actual_column &&
				cstn__bound_is_null(plan->bound, (size_t)plan->at[c]))
			plan->at[c] = -1;
}

#define DAYS_MOST 1000000

static int tolerance_fits(int64_t tolerance, int is_day)
{
	return tolerance == CSTN__UNSET || tolerance <= (is_day ? DAYS_MOST : INT64_C(1) << 60);
}

/* Limits for whole words; 0 if the policy is not plain enough for them. */
static int find_fast(cstn__plan *plan)
{
	const cstn__policy_rules *rules = plan->judge.rules;
	int full = rules->components & CSTN_COMPONENT_IN_FULL,
	    is_day = rules->time_unit == CSTN__UNIT_DAY;
	int64_t late = rules->late_tolerance, early = rules->early_tolerance;

	if (plan->state->judge_all || (plan->state->flags & CSTN_PERFECT_ORDER_PERIOD) ||
			plan->wide || plan->wide_lines)
		return 0;
	if (!(rules->components & CSTN_COMPONENT_ON_TIME) || !has(plan, plan->promise_column) ||
			!has(plan, plan->actual_column))
		return 0;
	if (full && (!has(plan, CSTN__COL_QTY) || !has(plan, CSTN__COL_QTY_DELIVERED) ||
				    rules->in_full_at_due || has(plan, CSTN__COL_SHIPMENTS)))
		return 0;
	/* a promise on a day off moves in both units of time */
	if ((is_day && !plan->simple_zone) || !rules->calendar_all || rules->credit_unit ||
			has(plan, CSTN__COL_PROMISED_OFFSET) ||
			has(plan, CSTN__COL_ACTUAL_OFFSET) || has(plan, CSTN__COL_POLICY_DIGEST) ||
			has(plan, CSTN__COL_SHIP_TO_ZONE) || !tolerance_fits(late, is_day) ||
			!tolerance_fits(early, is_day))
		return 0;
	if ((rules->documents_positive && (rules->components & CSTN_COMPONENT_DOCUMENTS)) ||
			(rules->condition_positive &&
					(rules->components & CSTN_COMPONENT_CONDITION)))
		return 0;
	plan->has_early = early != CSTN__UNSET;
	plan->exact_quantity = rules->over_ppm == 0 && rules->under_ppm == 0;
	if (is_day) {
		plan->late_days = late == CSTN__UNSET ? INT32_MAX : (int32_t)late;
		plan->early_days = plan->has_early ? (int32_t)early : INT32_MAX;
		plan->late_sure = late == CSTN__UNSET ? INT64_MAX : (late + 1) * CSTN_DAY_US - 1;
		plan->late_maybe = late == CSTN__UNSET ? INT64_MAX : late * CSTN_DAY_US;
		plan->early_sure = plan->has_early ? (early + 1) * CSTN_DAY_US - 1 : INT64_MAX;
		plan->early_maybe = plan->has_early ? early * CSTN_DAY_US : INT64_MAX;
	} else {
		int64_t late_days = late == CSTN__UNSET ? INT32_MAX : late / CSTN_DAY_US;
		int64_t early_days = plan->has_early ? early / CSTN_DAY_US : INT32_MAX;

		plan->late_days = late_days > INT32_MAX ? INT32_MAX : (int32_t)late_days;
		plan->early_days = early_days > INT32_MAX ? INT32_MAX : (int32_t)early_days;
		plan->late_sure = plan->late_maybe = late == CSTN__UNSET ? INT64_MAX : late;
		plan->early_sure = plan->early_maybe = plan->has_early ? early : INT64_MAX;
	}
	return 1;
}

/* Actual times up to here were known as of the run and are past any claim window. */
static int64_t sure_before(const cstn__plan *plan)
{
	const cstn__policy_rules *rules = plan->judge.rules;
	int64_t window, out;

	if (rules->claim_window_days == CSTN__UNSET)
		return plan->judge.as_of_us;
	if (__builtin_mul_overflow(rules->claim_window_days + 2, CSTN_DAY_US, &window) ||
			__builtin_sub_overflow(plan->judge.as_of_us, window, &out))
		return INT64_MIN;
	return out;
}

static int32_t limit_of_days(int64_t days)
{
	return days > CSTN__DAYS_LIMIT    ? CSTN__DAYS_LIMIT
	       : days < -CSTN__DAYS_LIMIT ? -CSTN__DAYS_LIMIT
					  : (int32_t)days;
}

/* Within these a comparison of two times is all there is to on time. */
static void find_limits(cstn__plan *plan)
{
	cstn__time_limits *days = &plan->day_limits, *instants = &plan->instant_limits;

	days->least = -CSTN__DAYS_LIMIT;
	days->most = CSTN__DAYS_LIMIT;
	days->most_actual = limit_of_days(cstn__floor_div(plan->sure_us, CSTN_DAY_US));
	days->late = plan->late_days;
	days->early = plan->early_days;
	instants->least = -CSTN__TIME_LIMIT;
	instants->most = CSTN__TIME_LIMIT;
	instants->most_actual = plan->sure_us < CSTN__TIME_LIMIT ? plan->sure_us : CSTN__TIME_LIMIT;
	instants->late = plan->late_sure;
	instants->early = plan->early_sure;
	days->has_early = instants->has_early = plan->has_early;
}

/* Columns beside times and quantities that may make a line irregular, or a component fail. */
static int has_exceptions(const cstn__plan *plan)
{
	static const uint8_t looked_at[CSTN__COL_COUNT] = {[CSTN__COL_ORDER_ID] = 1,
			[CSTN__COL_SHIPMENT_ID] = 1,
			[CSTN__COL_LINE_NUMBER] = 1,
			[CSTN__COL_ORDER_LINES] = 1,
			[CSTN__COL_QTY] = 1,
			[CSTN__COL_QTY_DELIVERED] = 1};
	int c;

	if (!(plan->judge.rules->components & CSTN_COMPONENT_IN_FULL))
		return 1;
	for (c = 0; c < CSTN__COL_COUNT; c++)
		if (has(plan, c) && !looked_at[c] && c != plan->promise_column &&
				c != plan->actual_column)
			return 1;
	return 0;
}

static int has_causes(const cstn__plan *plan)
{
	int c;

	for (c = CSTN__COL_LATE_CAUSE; c <= CSTN__COL_CONDITION_OWNER; c++)
		if (has(plan, c))
			return 1;
	return 0;
}

static cstn_status check_scales(const cstn__plan *plan, cstn_error **error)
{
	static const int columns[] = {CSTN__COL_QTY, CSTN__COL_QTY_CANCELLED,
			CSTN__COL_QTY_DELIVERED, CSTN__COL_QTY_DUE};
	int first = -1, scale = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		int at = plan->at[columns[i]], this_scale;

		if (at < 0 || cstn__bound_is_null(plan->bound, (size_t)at))
			continue;
		this_scale = cstn__bound_scale(plan->bound, (size_t)at);
		if (first >= 0 && this_scale != scale)
			return cstn__fail(error, CSTN_E_SCHEMA,
					"columns '%s' and '%s' have scales %d and %d, one scale "
					"expected",
					line_columns[first].name, line_columns[columns[i]].name,
					scale, this_scale);
		first = first < 0 ? columns[i] : first;
		scale = this_scale;
	}
	return CSTN_OK;
}

cstn_status cstn__plan_make(cstn__plan *plan, cstn_perfect_order *state,
		struct ArrowArrayStream *lines, const cstn_perfect_order_options *options,
		cstn_error **error)
{
	const cstn__policy_rules *rules = state->judge.rules;
	uint8_t need[CSTN__COL_COUNT];
	cstn_status status;
	int32_t simd;
	int c;

	memset(plan, 0, sizeof(*plan));
	plan->state = state;
	plan->judge = state->judge;
	if (!state->simd)
		state->simd = cstn__cpu_simd();
	simd = options->simd && options->simd < state->simd ? options->simd : state->simd;
	plan->words = cstn__words_for(simd);
	plan->spans = cstn__spans_for(simd);
	plan->progress = options->progress;
	plan->threads = options->threads;
	need_columns(state, need);
	declare(plan, need);
	status = cstn__bind_stream(lines, plan->decls, (size_t)plan->n_decls, options->binding,
			&state->allocator, &plan->bound, error);
	if (status != CSTN_OK)
		return status;
	if (options->flags & CSTN_IMPORT_TRUSTED)
		cstn__bound_trust(plan->bound);
	for (c = 0; c < CSTN__COL_COUNT; c++)
		if (plan->at[c] >= 0 && !cstn__bound_has(plan->bound, (size_t)plan->at[c]))
			plan->at[c] = -1;
	plan->promise_column = promise_column(rules);
	plan->actual_column = actual_column(rules);
	plan->lines = rules->level == CSTN__LEVEL_LINE;
	plan->key_column = rules->level == CSTN__LEVEL_SHIPMENT ? CSTN__COL_SHIPMENT_ID
								: CSTN__COL_ORDER_ID;
	if (!has(plan, plan->key_column))
		plan->key_column = -1;
	status = check_types(plan, error);
	if (status == CSTN_OK)
		status = check_scales(plan, error);
	if (status != CSTN_OK)
		return status;
	find_evidence(plan);
	pass_over_nulls(plan);
	plan->causes = (uint8_t)has_causes(plan);
	plan->wide_lines = plan->lines && (rules->weight != CSTN__WEIGHT_COUNT ||
							  rules->credit_unit || plan->causes);
	plan->wide = !plan->lines && (cstn__state_is_wide(state) || plan->causes);
	plan->closes = has(plan, CSTN__COL_ORDER_LINES) && !plan->wide;
	plan->clustered = !plan->lines && !plan->wide && !plan->closes &&
			  state->clustering != CSTN_CLUSTERING_NONE;
	plan->simple_zone = rules->zone == CSTN__ZONE_UTC || rules->zone == CSTN__ZONE_OFFSET;
	plan->promise_moves = has(plan, CSTN__COL_PROMISED_CUSTOMER) ||
			      has(plan, CSTN__COL_PROMISED_SUPPLIER);
	plan->sure_us = sure_before(plan);
	plan->fast = (uint8_t)find_fast(plan);
	plan->exceptions = (uint8_t)has_exceptions(plan);
	find_limits(plan);
	return CSTN_OK;
}

/* --- what a state looks at -------------------------------------------------------------------- */

static int is_needed_line_column(const uint8_t *need, const char *name)
{
	int c;

	for (c = 0; c < CSTN__COL_COUNT; c++)
		if (need[c] && strcmp(line_columns[c].name, name) == 0)
			return 1;
	return 0;
}

/* Names into `out`; returns how many. */
static size_t list_columns(const cstn_perfect_order *state,
		const char *out[CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX])
{
	uint8_t need[CSTN__COL_COUNT];
	size_t n = 0, i;
	int c;

	need_columns(state, need);
	for (c = 0; c < CSTN__COL_COUNT; c++)
		if (need[c])
			out[n++] = line_columns[c].name;
	for (i = 0; i < state->registry.n_dimensions; i++) {
		const cstn__dimension *dimension = &state->registry.dimensions[i];

		if (!dimension->period && !is_needed_line_column(need, dimension->column))
			out[n++] = dimension->column;
	}
	return n;
}

size_t cstn_perfect_order_column_count(const cstn_perfect_order *state)
{
	const char *names[CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX];

	return state ? list_columns(state, names) : 0;
}

const char *cstn_perfect_order_column_name(const cstn_perfect_order *state, size_t index)
{
	const char *names[CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX];

	return state && index < list_columns(state, names) ? names[index] : NULL;
}
