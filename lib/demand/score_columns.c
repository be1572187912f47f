/* Which columns of a frame of forecasts are forecasts, and of what: NAME is a mean or median,
 * NAME-q_PPM a quantile, NAME-within_PPM how much of it lies below its level, NAME-lo-P and
 * NAME-hi-P the bounds of a central interval of P percent, which are quantiles too; q_PPM and
 * within_PPM are of the model `quantiles`. O(columns x names). */
#include <string.h>

#include "base/error.h"
#include "demand/score.h"
#include "table/binding.h"
#include "table/bound.h"
#include "table/stream_type.h"

#define COLUMNS_MOST 1024
#define BARE_QUANTILES "quantiles"

static const char *const taken[] = {"unique_id", "ds", "y", "cutoff", "h", "flags", "limit"};
#define TAKEN (sizeof(taken) / sizeof(taken[0]))

void cstn__score_columns_init(cstn__score_columns *columns, const cstn_allocator *allocator)
{
	memset(columns, 0, sizeof(*columns));
	columns->allocator = *allocator;
	cstn__interner_init(&columns->models, allocator, 0);
	cstn__arena_init(&columns->names, allocator);
}

void cstn__score_columns_free(cstn__score_columns *columns)
{
	cstn__array_free(&columns->allocator, &columns->list);
	cstn__interner_free(&columns->models);
	cstn__arena_free(&columns->names);
}

/* --- names ------------------------------------------------------------------------------------ */

/* Digits with at most four behind a point, as millionths of `unit` percent; -1: something else. */
static int32_t ppm_of(const char *text, int is_percent)
{
	int64_t value = 0;
	int digits = 0, behind = -1;

	for (; *text; text++) {
		if (*text == '.' && is_percent && behind < 0) {
			behind = 0;
			continue;
		}
		if (*text < '0' || *text > '9' || ++digits > 9 || behind == 4)
			return -1;
		value = value * 10 + (*text - '0');
		behind += behind >= 0;
	}
	for (behind = behind < 0 ? 0 : behind; is_percent && behind < 4; behind++)
		value *= 10;
	return digits && value > 0 && value < 1000000 ? (int32_t)value : -1;
}

/* The last `mark` in the name; NULL: not there. */
static const char *last(const char *name, const char *mark)
{
	const char *found = NULL, *at;

	for (at = strstr(name, mark); at; at = strstr(at + 1, mark))
		found = at;
	return found;
}

/* Length of the model's name in it; *q_ppm is 0 for a mean or median. */
static size_t parse(const char *name, int32_t *q_ppm, int *is_within)
{
	static const char *const marks[] = {"-q_", "-within_", "-lo-", "-hi-"};
	size_t k;

	*q_ppm = 0;
	*is_within = 0;
	for (k = 0; k < 2; k++) {
		size_t len = strlen(marks[k]) - 1;
		int32_t ppm = strncmp(name, marks[k] + 1, len) == 0 ? ppm_of(name + len, 0) : -1;

		if (ppm < 0)
			continue;
		*q_ppm = ppm;
		*is_within = k == 1;
		return 0;
	}
	for (k = 0; k < 4; k++) {
		const char *at = last(name, marks[k]);
		int32_t ppm = at && at != name ? ppm_of(at + strlen(marks[k]), k > 1) : -1;

		if (ppm < 0)
			continue;
		*q_ppm = k < 2 ? ppm : k == 2 ? (1000000 - ppm) / 2 : (1000000 + ppm) / 2;
		*is_within = k == 1;
		if (*q_ppm > 0)
			return (size_t)(at - name);
	}
	*q_ppm = 0;
	*is_within = 0;
	return strlen(name);
}

static const char *source_of(const cstn_binding *binding, const char *column)
{
	const cstn__binding_entry *entry = cstn__binding_find(binding, column);

	return entry && entry->source ? entry->source : column;
}

/* Is the name one of those between commas? */
static int is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
		if (strncmp(list, name, len) == 0 && (list[len] == ',' || !list[len]))
			return 1;
	return 0;
}

static int is_taken(const cstn_score_options *o, const char *name)
{
	size_t i;

	for (i = 0; i < TAKEN; i++)
		if (strcmp(source_of(o->binding, taken[i]), name) == 0)
			return 1;
	for (i = 0; i < o->n_levels; i++)
		if (is_listed(o->levels[i], name))
			return 1;
	return o->level_column && strcmp(source_of(o->binding, o->level_column), name) == 0;
}

static int is_asked_for(const cstn_score_options *o, const char *model, size_t len)
{
	size_t i;

	for (i = 0; i < o->n_models; i++)
		if (strlen(o->models[i]) == len && memcmp(o->models[i], model, len) == 0)
			return 1;
	return !o->models;
}

/* --- columns ---------------------------------------------------------------------------------- */

static int is_number(const struct ArrowSchema *child)
{
	cstn__stream_type type;

	if (child->dictionary)
		return 0;
	cstn__stream_type_read(child->format ? child->format : "", &type);
	return type.kind == CSTN__KIND_INTEGER || type.kind == CSTN__KIND_DOUBLE ||
	       type.kind == CSTN__KIND_DECIMAL;
}

static cstn_status add(cstn__score_columns *columns, const char *name, const cstn_score_options *o)
{
	int32_t q_ppm;
	int is_within;
	const char *model = name;
	size_t len = parse(name, &q_ppm, &is_within), i;
	uint32_t number;

	if (!len) {
		model = BARE_QUANTILES;
		len = strlen(model);
	}
	if (!is_asked_for(o, model, len))
		return CSTN_OK;
	number = cstn__intern(&columns->models, model, len);
	name = cstn__arena_copy(&columns->names, name, strlen(name));
	if (number == UINT32_MAX || !name ||
			cstn__array_reserve(&columns->allocator, &columns->list, 1))
		return CSTN_E_NOMEM;
	for (i = 0; i < columns->list.count; i++)
		if (columns->list.items[i].model == number &&
				columns->list.items[i].q_ppm == q_ppm &&
				columns->list.items[i].is_within == is_within)
			return CSTN_E_DUPLICATE;
	columns->list.items[columns->list.count++] =
			(cstn__score_column){name, number, q_ppm, is_within};
	return CSTN_OK;
}

static cstn_status add_all(cstn__score_columns *columns, const struct ArrowSchema *schema,
		const cstn_score_options *o, cstn_error **error)
{
	int64_t i;

	for (i = 0; i < schema->n_children; i++) {
		const struct ArrowSchema *child = schema->children[i];
		const char *name = child->name ? child->name : "";
		cstn_status status;

		if (!*name || !is_number(child) || is_taken(o, name))
			continue;
		if (columns->list.count == COLUMNS_MOST)
			return cstn__fail(error, CSTN_E_LIMIT,
					"more than %d columns of forecasts; name models",
					COLUMNS_MOST);
		status = add(columns, name, o);
		if (status == CSTN_E_DUPLICATE)
			return cstn__fail(error, CSTN_E_SCHEMA,
					"column '%s' is a forecast that another column is too",
					name);
		if (status != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

cstn_status cstn__score_columns_find(cstn__score_columns *columns, struct ArrowArrayStream *rows,
		const cstn_score_options *options, cstn_error **error)
{
	struct ArrowSchema schema = {0};
	cstn_status status;
	size_t i;
	int code;

	/* in the order in which they are asked for */
	for (i = 0; i < options->n_models; i++)
		if (cstn__intern(&columns->models, options->models[i],
				    strlen(options->models[i])) == UINT32_MAX)
			return cstn__fail_nomem(error);
	code = rows->get_schema(rows, &schema);
	if (code != 0 || !schema.release)
		return cstn__stream_fail(rows, code, "schema", error);
	status = add_all(columns, &schema, options, error);
	schema.release(&schema);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < options->n_models; i++) {
		size_t k;

		for (k = 0; k < columns->list.count && columns->list.items[k].model != i; k++)
			;
		if (k == columns->list.count)
			return cstn__fail(error, CSTN_E_SCHEMA,
					"no column of numbers has a forecast of the model '%s'",
					options->models[i]);
	}
	return columns->list.count ? CSTN_OK
				   : cstn__fail(error, CSTN_E_SCHEMA,
						     "no column has a forecast: numbers beside "
						     "unique_id, ds and y expected");
}
