/* Names of a perfect-order state: dimensions as they were asked for, their values, and cells
 * (tuples of values).
 *
 * Codes are given in order of first sight, which depends on threads; nothing that leaves the state
 * does, because groups are sorted by their values. Cost: one hash look-up a new value; workers keep
 * tables of their own for values seen before. */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/error.h"
#include "fulfilment/perfect_order_state.h"

#define CELL_SEED UINT64_C(0x9e3779b97f4a7c15)

static const struct {
	const char *name;
	int32_t period;
} periods[] = {{"day", CSTN__PERIOD_DAY}, {"week", CSTN__PERIOD_WEEK},
		{"month", CSTN__PERIOD_MONTH}, {"quarter", CSTN__PERIOD_QUARTER},
		{"year", CSTN__PERIOD_YEAR}, {"weekday", CSTN__PERIOD_WEEKDAY}};

static const struct {
	const char *name;
	int32_t basis;
} bases[] = {{"due", CSTN__BASIS_DUE}, {"ordered", CSTN__BASIS_ORDERED},
		{"shipped", CSTN__BASIS_SHIPPED}, {"delivered", CSTN__BASIS_DELIVERED},
		{"period", CSTN__BASIS_PERIOD}};

static char *copy_text(const cstn_allocator *allocator, const char *text, size_t len)
{
	char *copy = cstn__alloc(allocator, len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = 0;
	return copy;
}

/* "month(due)" */
static cstn_status read_period(
		cstn__dimension *dimension, const char *text, const char *open, cstn_error **error)
{
	size_t n_name = (size_t)(open - text), n_basis = strlen(open + 1);
	size_t i;

	dimension->period = 0;
	dimension->basis = -1;
	for (i = 0; i < sizeof(periods) / sizeof(*periods); i++)
		if (strlen(periods[i].name) == n_name && memcmp(periods[i].name, text, n_name) == 0)
			dimension->period = periods[i].period;
	if (n_basis > 0 && open[n_basis] == ')')
		for (i = 0; i < sizeof(bases) / sizeof(*bases); i++)
			if (strlen(bases[i].name) == n_basis - 1 &&
					memcmp(bases[i].name, open + 1, n_basis - 1) == 0)
				dimension->basis = bases[i].basis;
	if (!dimension->period || dimension->basis < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"dimension '%s' is no calendar period: day, week, month, quarter, "
				"year or "
				"weekday of due, ordered, shipped, delivered or period, as in "
				"'month(due)'",
				text);
	dimension->type = dimension->period == CSTN__PERIOD_WEEKDAY ? CSTN_TYPE_INT64
								    : CSTN_TYPE_DAYS;
	return CSTN_OK;
}

static cstn_status read_dimension(cstn__registry *registry, cstn__dimension *dimension,
		const char *text, cstn_error **error)
{
	const char *open;
	size_t len;

	if (!text || !*text)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a dimension is empty");
	len = strlen(text);
	dimension->text = copy_text(&registry->allocator, text, len);
	if (!dimension->text)
		return cstn__fail_nomem(error);
	open = len && text[len - 1] == ')' ? strchr(text, '(') : NULL;
	if (open)
		return read_period(dimension, text, open, error);
	dimension->column = copy_text(&registry->allocator, text, len);
	return dimension->column ? CSTN_OK : cstn__fail_nomem(error);
}

cstn_status cstn__registry_init(cstn__registry *registry, const cstn_allocator *allocator,
		const char *const *by, size_t n_by, cstn_error **error)
{
	cstn_status status;
	size_t i, k;

	memset(registry, 0, sizeof(*registry));
	registry->allocator = *allocator;
	pthread_mutex_init(&registry->lock, NULL);
	cstn__interner_init(&registry->causes, allocator, 3);
	for (i = 0; i < CSTN__DIMENSIONS_MAX; i++) {
		cstn__i64_map_init(&registry->values[i].numbers, allocator, 5 + i);
		cstn__interner_init(&registry->values[i].texts, allocator, 11 + i);
	}
	if (n_by > CSTN__DIMENSIONS_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%zu dimensions, at most %d",
				n_by, CSTN__DIMENSIONS_MAX);
	if (n_by && !by)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "dimensions are NULL");
	registry->dimensions = cstn__alloc_zero(
			allocator, CSTN__DIMENSIONS_MAX * sizeof(*registry->dimensions));
	if (!registry->dimensions)
		return cstn__fail_nomem(error);
	registry->n_dimensions = n_by;
	for (i = 0; i < n_by; i++) {
		status = read_dimension(registry, &registry->dimensions[i], by[i], error);
		if (status != CSTN_OK)
			return status;
		for (k = 0; k < i; k++)
			if (strcmp(by[i], by[k]) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"dimension '%s' stands twice", by[i]);
	}
	return CSTN_OK;
}

void cstn__registry_free(cstn__registry *registry)
{
	size_t i;

	for (i = 0; registry->dimensions && i < CSTN__DIMENSIONS_MAX; i++) {
		cstn__dimension *dimension = &registry->dimensions[i];

		if (dimension->text)
			cstn__free(&registry->allocator, dimension->text,
					strlen(dimension->text) + 1);
		if (dimension->column)
			cstn__free(&registry->allocator, dimension->column,
					strlen(dimension->column) + 1);
	}
	cstn__free(&registry->allocator, registry->dimensions,
			CSTN__DIMENSIONS_MAX * sizeof(*registry->dimensions));
	for (i = 0; i < CSTN__DIMENSIONS_MAX; i++) {
		cstn__i64_map_free(&registry->values[i].numbers);
		cstn__array_free(&registry->allocator, &registry->values[i].list);
		cstn__interner_free(&registry->values[i].texts);
	}
	cstn__array_free(&registry->allocator, &registry->cells);
	cstn__free(&registry->allocator, registry->cell_slots,
			registry->cell_capacity * sizeof(uint32_t));
	cstn__interner_free(&registry->causes);
	pthread_mutex_destroy(&registry->lock);
}

uint32_t cstn__registry_number(cstn__registry *registry, size_t dimension, int64_t value)
{
	cstn__dim_values *values = &registry->values[dimension];
	uint32_t fresh = (uint32_t)values->list.count, found;

	if (cstn__array_reserve(&registry->allocator, &values->list, 1))
		return UINT32_MAX;
	found = cstn__i64_map_intern(&values->numbers, value, fresh);
	if (found == UINT32_MAX)
		return UINT32_MAX;
	if (found == fresh)
		values->list.items[values->list.count++] = value;
	return found + CSTN__CODE_FIRST;
}

uint32_t cstn__registry_text(
		cstn__registry *registry, size_t dimension, const char *text, size_t len)
{
	uint32_t found = cstn__intern(&registry->values[dimension].texts, text, len);

	return found == UINT32_MAX ? UINT32_MAX : found + CSTN__CODE_FIRST;
}

static uint64_t cell_hash(const uint32_t *code)
{
	uint64_t a = code[0] | (uint64_t)code[1] << 32, b = code[2] | (uint64_t)code[3] << 32;

	return cstn__mix64(a * CELL_SEED ^ cstn__mix64(b + CELL_SEED));
}

static int grow_cells(cstn__registry *registry)
{
	size_t capacity = registry->cell_capacity ? registry->cell_capacity * 2 : 64, i;
	uint32_t *slots = cstn__alloc_zero(&registry->allocator, capacity * sizeof(*slots));

	if (!slots)
		return -1;
	for (i = 0; i < registry->cells.count; i++) {
		size_t at = cell_hash(registry->cells.items[i].code) & (capacity - 1);

		while (slots[at])
			at = (at + 1) & (capacity - 1);
		slots[at] = (uint32_t)i + 1;
	}
	cstn__free(&registry->allocator, registry->cell_slots,
			registry->cell_capacity * sizeof(*slots));
	registry->cell_slots = slots;
	registry->cell_capacity = capacity;
	return 0;
}

uint32_t cstn__registry_cell(cstn__registry *registry, const uint32_t *codes)
{
	cstn__cell cell = {{0, 0, 0, 0}};
	size_t at;

	if (registry->n_dimensions)
		memcpy(cell.code, codes, registry->n_dimensions * sizeof(*codes));
	if (registry->cells.count * 2 >= registry->cell_capacity && grow_cells(registry))
		return UINT32_MAX;
	if (cstn__array_reserve(&registry->allocator, &registry->cells, 1))
		return UINT32_MAX;
	at = cell_hash(cell.code) & (registry->cell_capacity - 1);
	while (registry->cell_slots[at]) {
		uint32_t index = registry->cell_slots[at] - 1;

		if (memcmp(registry->cells.items[index].code, cell.code, sizeof(cell.code)) == 0)
			return index;
		at = (at + 1) & (registry->cell_capacity - 1);
	}
	registry->cells.items[registry->cells.count] = cell;
	registry->cell_slots[at] = (uint32_t)++registry->cells.count;
	return (uint32_t)registry->cells.count - 1;
}
