/* A state out of bytes that are not trusted: every length, number, reference and order is checked
 * before it is used, and what a healthy state cannot hold is CSTN_E_CORRUPT. The format is
 * described in perfect_order_serial.c. */
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "fulfilment/perfect_order_fold.h"

#define HEAD_SIZE (8 + 2 + 2 + 4 + 32 + 8)

typedef struct parser {
	cstn_perfect_order *state;
	cstn__reader in;
	uint32_t *cells; /* group number -> cell */
	uint64_t n_groups;
	const uint8_t *digest; /* of the configuration */
	cstn_error **error;
} parser;

static cstn_status corrupt(parser *from, const char *what)
{
	return cstn__fail(from->error, CSTN_E_CORRUPT, "state is damaged at byte %zu: %s",
			HEAD_SIZE + from->in.position, what);
}

static int64_t read_i64(cstn__reader *in)
{
	return (int64_t)cstn__read_u64(in);
}

static cstn__i128 read_i128(cstn__reader *in)
{
	unsigned __int128 low = cstn__read_u64(in), high = cstn__read_u64(in);

	return (cstn__i128)(low | high << 64);
}

/* Counts and sums of squares are never negative. */
static int64_t read_count(cstn__reader *in)
{
	int64_t value = read_i64(in);

	if (value < 0 || !cstn__count_fits(value))
		in->failed = 1;
	return value;
}

/* A weight may be negative. */
static cstn__i128 read_weight(cstn__reader *in)
{
	cstn__i128 value = read_i128(in);

	if (!cstn__sum_fits(value))
		in->failed = 1;
	return value;
}

static cstn__i128 read_sum(cstn__reader *in)
{
	cstn__i128 value = read_i128(in);

	if (value < 0 || !cstn__sum_fits(value))
		in->failed = 1;
	return value;
}

static const char *read_text(cstn__reader *in, uint32_t *len)
{
	*len = cstn__read_u32(in);
	return (const char *)cstn__read_bytes(in, *len);
}

static void read_counts(cstn__reader *in, cstn__group_counts *counts)
{
	int i;

	memset(counts, 0, sizeof(*counts));
	for (i = 0; i < 16; i++)
		counts->pattern[i] = read_count(in);
	for (i = 1; i < CSTN_REASON_COUNT; i++)
		counts->reason[i] = read_count(in);
	counts->pending = read_count(in);
	counts->provisional = read_count(in);
	for (i = 0; i < 16; i++)
		counts->weight[i] = read_weight(in);
	counts->credit = read_weight(in);
	counts->credit_of = read_weight(in);
	counts->clusters = read_count(in);
	counts->sum_m = read_sum(in);
	counts->sum_x = read_sum(in);
	counts->sum_mm = read_sum(in);
	counts->sum_xx = read_sum(in);
	counts->sum_xm = read_sum(in);
}

static int is_type(int32_t type, int key)
{
	if (key)
		return type == 0 || type == CSTN_TYPE_INT64 || type == CSTN_TYPE_TEXT;
	return type == 0 || type == CSTN_TYPE_INT64 || type == CSTN_TYPE_TEXT ||
	       type == CSTN_TYPE_DAYS || type == CSTN_TYPE_FLAG;
}

/* --- configuration ---------------------------------------------------------------------------- */

static cstn_status parse_names(parser *from, char *by[CSTN__DIMENSIONS_MAX], uint32_t *n)
{
	uint32_t i, len;
	const char *text;

	*n = cstn__read_u32(&from->in);
	if (*n > CSTN__DIMENSIONS_MAX)
		return corrupt(from, "too many dimensions");
	for (i = 0; i < *n; i++) {
		text = read_text(&from->in, &len);
		if (!text || len > 4096 || memchr(text, 0, len) ||
				!cstn__utf8_is_valid((const uint8_t *)text, len))
			return corrupt(from, "a dimension's name");
		by[i] = cstn__alloc(&from->state->allocator, (size_t)len + 1);
		if (!by[i])
			return cstn__fail_nomem(from->error);
		memcpy(by[i], text, len);
		by[i][len] = 0;
	}
	return CSTN_OK;
}

/* Without zone rules and calendar a state can still be merged and finished. */
static cstn_status make_judge(parser *from, cstn_service_policy *policy, int64_t as_of_us,
		const cstn_policy_data *data)
{
	cstn_perfect_order *state = from->state;
	const cstn__policy_rules *rules = cstn__policy_rules_of(policy);
	int needs = rules->zone == CSTN__ZONE_TZIF || !rules->calendar_all;

	if (needs && !data) {
		state->judge.policy = cstn_service_policy_ref(policy);
		state->judge.rules = cstn__policy_rules_of(state->judge.policy);
		state->judge.as_of_us = as_of_us;
		state->judge.allocator = state->allocator;
		return CSTN_OK;
	}
	state->data_ready = 1;
	return cstn__judge_init(
			&state->judge, policy, as_of_us, data, &state->allocator, from->error);
}

static cstn_status parse_config(parser *from, const cstn_policy_data *data)
{
	cstn_perfect_order *state = from->state;
	char *by[CSTN__DIMENSIONS_MAX] = {NULL};
	cstn_service_policy *policy = NULL;
	uint32_t len, n = 0, i;
	const char *text = read_text(&from->in, &len);
	int64_t as_of_us;
	cstn_status status;

	if (!text)
		return corrupt(from, "the policy is cut");
	status = cstn_service_policy_parse(text, len, &state->allocator, &policy, NULL);
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(from->error);
	if (status != CSTN_OK)
		return corrupt(from, "the policy text is not canonical");
	as_of_us = read_i64(&from->in);
	state->flags = cstn__read_u32(&from->in);
	state->clustering = (int32_t)cstn__read_u32(&from->in);
	state->from_us = read_i64(&from->in);
	state->to_us = read_i64(&from->in);
	status = parse_names(from, by, &n);
	if (status == CSTN_OK &&
			(from->in.failed || as_of_us == CSTN_TIME_NULL || state->flags > 7 ||
					state->clustering < 0 || state->clustering > 2))
		status = corrupt(from, "the configuration");
	if (status == CSTN_OK) {
		cstn_error *cause = NULL;

		status = cstn__registry_init(&state->registry, &state->allocator,
				(const char *const *)by, n, &cause);
		if (status != CSTN_OK && status != CSTN_E_NOMEM)
			status = corrupt(from, "a dimension");
		else if (status == CSTN_E_NOMEM)
			status = cstn__fail_nomem(from->error);
		cstn_error_free(cause);
	}
	if (status == CSTN_OK)
		status = make_judge(from, policy, as_of_us, data);
	for (i = 0; i < CSTN__DIMENSIONS_MAX; i++)
		if (by[i])
			cstn__free(&state->allocator, by[i], strlen(by[i]) + 1);
	cstn_service_policy_unref(policy);
	return status;
}

/* --- groups ----------------------------------------------------------------------------------- */

static cstn_status parse_key(parser *from, size_t dimension, uint32_t *code)
{
	cstn__registry *registry = &from->state->registry;
	uint8_t kind = cstn__read_u8(&from->in);
	const char *text;
	uint32_t len;

	if (kind == CSTN__KEY_NULL || kind == CSTN__KEY_MIXED) {
		*code = kind == CSTN__KEY_NULL ? CSTN__CODE_NULL : CSTN__CODE_MIXED;
		return CSTN_OK;
	}
	if (kind != CSTN__KEY_VALUE || !registry->dimensions[dimension].type)
		return corrupt(from, "a group's key");
	if (registry->dimensions[dimension].type == CSTN_TYPE_TEXT) {
		text = read_text(&from->in, &len);
		if (!text || !cstn__utf8_is_valid((const uint8_t *)text, len))
			return corrupt(from, "a group's text");
		*code = cstn__registry_text(registry, dimension, text, len);
	} else {
		int64_t value = read_i64(&from->in);
		int32_t type = registry->dimensions[dimension].type;

		if ((type == CSTN_TYPE_DAYS && (value < INT32_MIN || value > INT32_MAX)) ||
				(type == CSTN_TYPE_FLAG && (value < 0 || value > 1)))
			return corrupt(from, "a group's value");
		*code = cstn__registry_number(registry, dimension, value);
	}
	return *code == UINT32_MAX ? cstn__fail_nomem(from->error) : CSTN_OK;
}

static cstn_status parse_groups(parser *from)
{
	cstn_perfect_order *state = from->state;
	uint32_t code[CSTN__DIMENSIONS_MAX] = {0};
	cstn_status status;
	uint64_t i;
	size_t k;

	from->n_groups = cstn__read_u64(&from->in);
	/* a group takes at least its counts' bytes, so a wrong number cannot ask for much */
	if (from->in.failed || from->n_groups > from->in.size / 64)
		return corrupt(from, "the number of groups");
	from->cells = cstn__alloc_zero(
			&state->allocator, ((size_t)from->n_groups + 1) * sizeof(*from->cells));
	if (!from->cells)
		return cstn__fail_nomem(from->error);
	for (i = 0; i < from->n_groups; i++) {
		for (k = 0; k < state->registry.n_dimensions; k++) {
			status = parse_key(from, k, &code[k]);
			if (status != CSTN_OK)
				return status;
		}
		from->cells[i] = cstn__registry_cell(&state->registry, code);
		if (from->cells[i] == UINT32_MAX ||
				cstn__core_reserve_cells(&state->core,
						state->registry.cells.count) != CSTN_OK)
			return cstn__fail_nomem(from->error);
		if (from->cells[i] != i)
			return corrupt(from, "a group stands twice");
		if (i > 0 && cstn__cells_compare(&state->registry, (uint32_t)i - 1, (uint32_t)i) >
						0)
			return corrupt(from, "the groups are not sorted");
		read_counts(&from->in, &state->core.counts.items[i]);
		if (from->in.failed)
			return corrupt(from, "a group's counts");
	}
	read_counts(&from->in, &state->core.total);
	return from->in.failed ? corrupt(from, "the total's counts") : CSTN_OK;
}

static cstn_status parse_cause_text(parser *from, uint32_t *cause)
{
	uint8_t known = cstn__read_u8(&from->in);
	const char *text;
	uint32_t len;

	*cause = UINT32_MAX;
	if (!known)
		return CSTN_OK;
	text = read_text(&from->in, &len);
	if (known > 1 || !text || !cstn__utf8_is_valid((const uint8_t *)text, len))
		return corrupt(from, "a cause");
	*cause = cstn__intern(&from->state->registry.causes, text, len);
	if (*cause >= 0xffffff)
		return cstn__fail_nomem(from->error);
	return CSTN_OK;
}

static cstn_status parse_causes(parser *from)
{
	uint64_t n = cstn__read_u64(&from->in), i;
	cstn__cause_tally before = {0};
	cstn_status status;

	if (from->in.failed || n > from->in.size)
		return corrupt(from, "the number of causes");
	for (i = 0; i < n; i++) {
		uint32_t group = cstn__read_u32(&from->in), cause;
		uint8_t component = cstn__read_u8(&from->in), owner = cstn__read_u8(&from->in);
		cstn__cause_tally tally;
		int64_t units;

		status = parse_cause_text(from, &cause);
		if (status != CSTN_OK)
			return status;
		units = read_count(&from->in);
		if (from->in.failed || component > 3 || owner > CSTN_OWNER_OWN_OFFICE ||
				units == 0 || (group >= from->n_groups && group != UINT32_MAX))
			return corrupt(from, "a cause's count");
		tally = (cstn__cause_tally){group, cause, component, owner, units};
		if (i > 0 && (group < before.cell ||
					     (group == before.cell &&
							     cstn__tally_compare(
									     &from->state->registry,
									     &before,
									     &tally) >= 0)))
			return corrupt(from, "the causes are not sorted");
		before = tally;
		if (cstn__core_count_cause(&from->state->core,
				    group == UINT32_MAX ? group : from->cells[group], component,
				    owner, cause, units) != CSTN_OK)
			return cstn__fail_nomem(from->error);
	}
	return CSTN_OK;
}

/* --- units and stretches ---------------------------------------------------------------------- */

/* Texts of keys lie in the bytes that are read. */
typedef struct unit_key {
	cstn__run run;
	int64_t sub;
	int given;
} unit_key;

/* Every line leaves its mark in a unit, and what was left out has a reason. */
static int is_unit(const cstn__unit *unit)
{
	int dropped = (unit->flags & CSTN__UNIT_DROPPED) != 0;

	return (unit->flags & ~CSTN__UNIT_PROVISIONAL || unit->unassessed) &&
	       dropped == (unit->reason != CSTN_REASON_NONE);
}

static cstn_status parse_run(parser *from, cstn__run *run)
{
	cstn__reader *in = &from->in;
	uint32_t group;

	memset(run, 0, sizeof(*run));
	if (from->state->registry.key_type == CSTN_TYPE_TEXT) {
		const char *text = read_text(in, &run->text_len);

		if (!text || !cstn__utf8_is_valid((const uint8_t *)text, run->text_len))
			return corrupt(from, "an order id");
		run->id = (int64_t)(intptr_t)text;
	} else {
		run->id = read_i64(in);
	}
	group = cstn__read_u32(in);
	run->unit.pattern = cstn__read_u8(in);
	run->unit.unassessed = cstn__read_u8(in);
	run->unit.flags = cstn__read_u8(in);
	run->unit.reason = cstn__read_u8(in);
	run->unit.reason_line = (int32_t)cstn__read_u32(in);
	run->unit.lines = cstn__read_u32(in);
	run->unit.expected = cstn__read_u32(in);
	if (in->failed || group >= from->n_groups || run->unit.pattern > 15 ||
			run->unit.unassessed > 15 || run->unit.flags > 31 ||
			run->unit.reason >= CSTN_REASON_COUNT || !is_unit(&run->unit))
		return corrupt(from, "an open order");
	run->cell = from->cells[group];
	return CSTN_OK;
}

static int is_weight(cstn__i128 weight)
{
	return weight >= -((cstn__i128)1 << 86) && weight <= (cstn__i128)1 << 86;
}

static cstn_status parse_wide(parser *from, const cstn__run *run, cstn__run_wide *wide)
{
	cstn__reader *in = &from->in;
	int line = from->state->judge.rules->level == CSTN__LEVEL_LINE, i;
	uint8_t sub = cstn__read_u8(in);
	cstn_status status;

	cstn__run_wide_init(wide);
	wide->sub = read_i64(in);
	if (sub > 2 || (line ? sub == 0 || wide->sub != 0 : sub != 0))
		return corrupt(from, "the second key of an open order");
	if (sub == 2 && run->cell != from->cells[0])
		return corrupt(from, "the group of an order over all groups");
	if (line)
		wide->sub = sub == 2 ? -1 : 1 + (int64_t)run->cell;
	wide->weight = read_i128(in);
	wide->credit = read_i128(in);
	wide->lines_counted = read_count(in);
	wide->lines_perfect = read_count(in);
	/* the sums of 2^32 orders of this size fit */
	if (!is_weight(wide->weight) || !is_weight(wide->credit) ||
			wide->lines_counted > INT64_C(1) << 40 ||
			wide->lines_perfect > wide->lines_counted)
		return corrupt(from, "an open order's lines");
	for (i = 0; i < 4; i++) {
		uint8_t set = cstn__read_u8(in);

		if (!set)
			continue;
		wide->cause[i].set = 1;
		wide->cause[i].fail_us = read_i64(in);
		wide->cause[i].line = (int32_t)cstn__read_u32(in);
		wide->cause[i].owner = cstn__read_u8(in);
		status = parse_cause_text(from, &wide->cause[i].cause);
		if (status != CSTN_OK)
			return status;
		if (set > 1 || in->failed || wide->cause[i].owner > CSTN_OWNER_OWN_OFFICE)
			return corrupt(from, "an open order's cause");
	}
	return CSTN_OK;
}

static cstn_status parse_pairs(
		parser *from, cstn__units *units, uint32_t index, uint32_t first_cell)
{
	uint32_t n = cstn__read_u32(&from->in), i, before = 0;

	if (n && !cstn__state_is_each(from->state))
		return corrupt(from, "an open order's groups");
	for (i = 0; i < n; i++) {
		uint32_t group = cstn__read_u32(&from->in);

		if (from->in.failed || group >= from->n_groups)
			return corrupt(from, "an open order's groups");
		if (i == 0 ? from->cells[group] != first_cell : group <= before)
			return corrupt(from, "an open order's groups are not sorted");
		before = group;
		if (cstn__array_reserve(&from->state->allocator, &units->pairs, 1))
			return cstn__fail_nomem(from->error);
		units->pairs.items[units->pairs.count++] =
				(cstn__cell_pair){index, from->cells[group]};
	}
	return from->in.failed ? corrupt(from, "an open order's groups") : CSTN_OK;
}

/* `before` is the key of the unit before this one, and becomes that of this. */
static cstn_status parse_unit(parser *from, unit_key *before)
{
	cstn_perfect_order *state = from->state;
	cstn__core *core = &state->core;
	cstn__run_wide wide;
	cstn__units *units;
	cstn__run run;
	uint32_t index;
	uint8_t is_wide;
	int order;
	cstn_status status = parse_run(from, &run);

	if (status != CSTN_OK)
		return status;
	is_wide = cstn__read_u8(&from->in);
	if (is_wide > 1 || (state->judge.rules->level == CSTN__LEVEL_LINE && !is_wide))
		return corrupt(from, "an open order");
	cstn__run_wide_init(&wide);
	if (is_wide)
		status = parse_wide(from, &run, &wide);
	if (status != CSTN_OK)
		return status;
	order = before->given ? cstn__run_compare(&state->registry, &before->run, &run) : -1;
	if (order == 0)
		order = (before->sub > wide.sub) - (before->sub < wide.sub);
	if (order >= 0)
		return corrupt(from, order ? "the open orders are not sorted"
					   : "an open order stands twice");
	*before = (unit_key){run, wide.sub, 1};
	units = &core->units[cstn__run_hash(&state->registry, &run, wide.sub) >>
			     (64 - CSTN__PARTITION_BITS)];
	index = cstn__units_add(state, units, &run, is_wide ? &wide : NULL, 1);
	if (index == UINT32_MAX)
		return cstn__fail_nomem(from->error);
	return parse_pairs(from, units, index, run.cell);
}

static cstn_status parse_units(parser *from)
{
	unit_key before = {.given = 0};
	cstn__core *core = &from->state->core;
	uint64_t n = cstn__read_u64(&from->in), i;
	cstn_status status = CSTN_OK;

	if (from->in.failed || n > from->in.size || (n && !from->state->registry.key_type))
		return corrupt(from, "the number of open orders");
	if (n) {
		core->units = cstn__alloc_zero(
				&core->allocator, CSTN__PARTITIONS * sizeof(*core->units));
		if (!core->units)
			return cstn__fail_nomem(from->error);
	}
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = parse_unit(from, &before);
	return status;
}

static cstn_status parse_segments(parser *from)
{
	cstn_perfect_order *state = from->state;
	uint64_t n = cstn__read_u64(&from->in), i;
	cstn__segment before = {0};
	cstn_status status;

	if (from->in.failed || n > CSTN__SEGMENTS_MAX || (n && !state->registry.key_type) ||
			(n && state->clustering != CSTN_CLUSTERING_SORTED) ||
			(n && state->judge.rules->level == CSTN__LEVEL_LINE))
		return corrupt(from, "the number of stretches");
	for (i = 0; i < n; i++) {
		cstn__segment segment;

		memset(&segment, 0, sizeof(segment));
		segment.single = cstn__read_u8(&from->in);
		segment.in_order = cstn__read_u8(&from->in);
		status = parse_run(from, &segment.first);
		segment.last = segment.first;
		if (status == CSTN_OK && !segment.single)
			status = parse_run(from, &segment.last);
		if (status != CSTN_OK)
			return status;
		if (segment.single > 1 || segment.in_order > 1)
			return corrupt(from, "a stretch");
		if (i > 0 && cstn__segment_compare(state, &before, &segment) > 0)
			return corrupt(from, "the stretches are not sorted");
		before = segment;
		state->core.current = -1;
		if (cstn__core_join(state, &state->core, &segment) != CSTN_OK)
			return cstn__fail_nomem(from->error);
	}
	state->core.current = -1;
	return CSTN_OK;
}

static cstn_status parse_body(parser *from, const cstn_policy_data *data)
{
	cstn_perfect_order *state = from->state;
	cstn_status status = parse_config(from, data);
	uint8_t digest[32];
	size_t i;

	if (status != CSTN_OK)
		return status;
	cstn__sha256(from->in.data, from->in.position, digest);
	if (memcmp(digest, from->digest, sizeof(digest)) != 0)
		return corrupt(from, "the configuration's digest");
	state->registry.key_type = (int32_t)cstn__read_u32(&from->in);
	if (!is_type(state->registry.key_type, 1))
		return corrupt(from, "the type of order ids");
	for (i = 0; i < state->registry.n_dimensions; i++) {
		cstn__dimension *dimension = &state->registry.dimensions[i];
		int32_t type = (int32_t)cstn__read_u32(&from->in);

		if (!is_type(type, 0) || (dimension->period && type != dimension->type))
			return corrupt(from, "the type of a dimension");
		dimension->type = type;
	}
	state->core.broken = cstn__read_u8(&from->in);
	if (state->core.broken > 1)
		return corrupt(from, "a flag");
	status = parse_groups(from);
	if (status == CSTN_OK)
		status = parse_causes(from);
	if (status == CSTN_OK)
		status = parse_units(from);
	if (status == CSTN_OK)
		status = parse_segments(from);
	if (status == CSTN_OK && from->in.position != from->in.size)
		status = corrupt(from, "bytes are left over");
	return status;
}

/* --- the frame -------------------------------------------------------------------------------- */

static cstn_status check_frame(const uint8_t *data, size_t size, uint64_t *body, cstn_error **error)
{
	cstn__reader in = {data, size, 0, 0};
	cstn__reader tail;
	uint16_t kind, version;

	if (size < HEAD_SIZE + 8 || memcmp(data, "CSTNSTA1", 8) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT, "these %zu bytes are no state", size);
	in.position = 8;
	kind = cstn__read_u16(&in);
	version = cstn__read_u16(&in);
	if (kind != 1)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"a state of kind %u, 1 (perfect order) expected", kind);
	if (version != 1)
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"a state of version %u; this library reads 1", version);
	if (cstn__read_u32(&in) != 0)
		return cstn__fail(error, CSTN_E_UNSUPPORTED, "a state with unknown flags");
	(void)cstn__read_bytes(&in, 32);
	*body = cstn__read_u64(&in);
	if (*body != size - HEAD_SIZE - 8)
		return cstn__fail(error, CSTN_E_CORRUPT, "the state is cut: %zu bytes", size);
	tail = (cstn__reader){data, size, size - 8, 0};
	if (cstn__read_u64(&tail) != cstn__hash64(0, data, size - 8))
		return cstn__fail(error, CSTN_E_CORRUPT, "the state's checksum does not match");
	return CSTN_OK;
}

cstn_status cstn_perfect_order_deserialize(const uint8_t *data, size_t size,
		const cstn_policy_data *policy_data, const cstn_allocator *allocator,
		cstn_perfect_order **out, cstn_error **error)
{
	cstn_allocator memory;
	uint64_t body = 0;
	cstn_status status;
	parser from;

	if (!data || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				data ? "out" : "data");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = check_frame(data, size, &body, error);
	if (status != CSTN_OK)
		return status;
	memset(&from, 0, sizeof(from));
	from.error = error;
	from.digest = data + 16;
	from.in = (cstn__reader){data + HEAD_SIZE, (size_t)body, 0, 0};
	from.state = cstn__alloc_zero(&memory, sizeof(*from.state));
	if (!from.state)
		return cstn__fail_nomem(error);
	from.state->allocator = memory;
	cstn__core_init(&from.state->core, &memory);
	/* so that a failure before the dimensions are known frees an empty registry */
	status = cstn__registry_init(&from.state->registry, &memory, NULL, 0, error);
	cstn__registry_free(&from.state->registry);
	memset(&from.state->registry, 0, sizeof(from.state->registry));
	from.state->registry.allocator = memory;
	if (status == CSTN_OK)
		status = parse_body(&from, policy_data);
	cstn__free(&memory, from.cells, ((size_t)from.n_groups + 1) * sizeof(*from.cells));
	if (status != CSTN_OK) {
		cstn_perfect_order_free(from.state);
		return status;
	}
	*out = from.state;
	return CSTN_OK;
}
