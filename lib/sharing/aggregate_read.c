/* What is asked of an aggregation, and its rows as codes. O(rows x columns). */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "sharing/aggregate.h"

#define KNOWN_FLAGS                                                                        \
	(CSTN_AGGREGATE_MARGINS | CSTN_AGGREGATE_NO_COMPANY | CSTN_AGGREGATE_CATEGORICAL | \
			CSTN_IMPORT_TRUSTED)
#define KEY (CSTN__ACCEPT(CSTN_TYPE_TEXT) | CSTN__ACCEPT(CSTN_TYPE_INT64))
#define NUMBER (CSTN__ACCEPT_QUANTITY | CSTN__ACCEPT(CSTN_TYPE_DOUBLE))
#define K_USUAL 5
#define COMPANIES_USUAL 3
#define SHARE_USUAL 700

static cstn_status check_names(const cstn_aggregate_options *o, cstn_error **error)
{
	size_t i;

	if (!o->by || !o->n_by || o->n_by > CSTN__BY_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu columns make the cells; 1 to %d expected", o->n_by,
				CSTN__BY_MOST);
	if (o->n_measures > CSTN__MEASURES_MOST || (o->n_measures && !o->measures))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu measures; at most %d, with their names", o->n_measures,
				CSTN__MEASURES_MOST);
	for (i = 0; i < o->n_measures; i++)
		if (!o->measures[i].column || o->measures[i].kind < CSTN_AGGREGATE_SUM ||
				o->measures[i].kind > CSTN_AGGREGATE_MEAN ||
				o->measures[i].reserved0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"measures[%zu] has no column, or its kind is %d", i,
					o->measures[i].kind);
	if ((o->company == NULL) != ((o->flags & CSTN_AGGREGATE_NO_COMPANY) != 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"either a column of companies is named, or "
				"CSTN_AGGREGATE_NO_COMPANY says that there is one company");
	if ((o->recipient != NULL) != (o->recipient_len != 0) || (o->recipient && !o->company))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a recipient is the text of a company, with its length");
	return CSTN_OK;
}

static cstn_status check_rules(cstn_aggregate_options *o, cstn_error **error)
{
	if (o->k < 0 || o->l < 0 || o->companies < 0 || o->t_ppm < 0 || o->t_ppm > 1000000 ||
			o->share_permille < 0 || o->share_permille > 1000)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"k, l and companies are 0 or more, t_ppm 0 to 1,000,000, "
				"share_permille 0 to 1,000");
	if (!o->sensitive && (o->l > 1 || o->t_ppm))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"l and t are of a sensitive column, and none is named");
	o->k = o->k ? o->k : K_USUAL;
	o->companies = o->companies ? o->companies : COMPANIES_USUAL;
	o->share_permille = o->share_permille ? o->share_permille : SHARE_USUAL;
	return CSTN_OK;
}

/* A column that is asked for once, whatever it is for; its place. */
static int add_ask(cstn__aggregate *a, const char *name, uint32_t accept, int nullable)
{
	size_t i;

	for (i = 0; i < a->n_asks; i++)
		if (strcmp(a->asks[i].name, name) == 0) {
			a->asks[i].accept &= accept;
			a->asks[i].nullable = a->asks[i].nullable && nullable;
			return (int)i;
		}
	a->asks[a->n_asks] = (cstn__coded_ask){name, accept, nullable};
	return (int)a->n_asks++;
}

static cstn_status ask(cstn__aggregate *a, cstn_error **error)
{
	const cstn_aggregate_options *o = &a->options;
	size_t i;

	for (i = 0; i < o->n_by; i++) {
		if (!o->by[i] || add_ask(a, o->by[i], CSTN__ACCEPT_ANY, 1) != (int)i)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"by[%zu] is NULL or named twice", i);
	}
	a->at.company = o->company ? add_ask(a, o->company, KEY, 0) : -1;
	a->at.sensitive = o->sensitive ? add_ask(a, o->sensitive, CSTN__ACCEPT_ANY, 1) : -1;
	a->at.row = o->row ? add_ask(a, o->row, CSTN__ACCEPT(CSTN_TYPE_INT64), 0) : -1;
	for (i = 0; i < o->n_measures; i++)
		a->at.measure[i] = add_ask(a, o->measures[i].column, NUMBER, 1);
	for (i = 0; i < a->n_asks; i++)
		if (!a->asks[i].accept)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"column '%s' is asked for as two things that no type is",
					a->asks[i].name);
	/* a step would change them under the eyes of the rules */
	for (i = 0; i < o->n_steps && o->steps; i++) {
		const char *name = o->steps[i].column;

		if (name && ((o->company && strcmp(name, o->company) == 0) ||
					    (o->row && strcmp(name, o->row) == 0)))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"companies and row numbers are not generalised");
	}
	return CSTN_OK;
}

static cstn_status find_recipient(cstn__aggregate *a, cstn_error **error)
{
	const cstn_aggregate_options *o = &a->options;
	const cstn__coded *company;
	int64_t number;

	a->recipient = CSTN__NO_COMPANY;
	if (!o->recipient)
		return CSTN_OK;
	company = &a->table.columns[a->at.company];
	if (company->type == CSTN_TYPE_TEXT) {
		a->recipient = cstn__interner_find(&company->texts, o->recipient, o->recipient_len);
		return CSTN_OK;
	}
	if (cstn__parse_i64(o->recipient, o->recipient_len, &number))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the recipient is no whole number, as column '%s' is", o->company);
	a->recipient = cstn__i64_map_find(&company->index, number);
	return CSTN_OK;
}

cstn_status cstn__aggregate_read(cstn__aggregate *a, struct ArrowArrayStream *rows,
		const cstn_aggregate_options *given, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_aggregate_options *o = &a->options;
	cstn_status status;

	memset(a, 0, sizeof(*a));
	status = cstn__options_read(given, sizeof(*o), sizeof(*o), KNOWN_FLAGS,
			"cstn_aggregate_options", o, error);
	if (status == CSTN_OK)
		status = check_names(o, error);
	if (status == CSTN_OK)
		status = check_rules(o, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(o->allocator, &a->allocator, error);
	if (status == CSTN_OK)
		status = ask(a, error);
	if (status != CSTN_OK)
		return status;
	a->n_levels = 1u << o->n_by;
	status = cstn__coded_read(rows, a->asks, a->n_asks, o->binding,
			o->flags & CSTN_IMPORT_TRUSTED, &a->allocator, &a->table, bad_rows, error);
	if (status == CSTN_OK)
		status = cstn__generalise_table(&a->table, a->asks, o->steps, o->n_steps, error);
	if (status == CSTN_OK)
		status = find_recipient(a, error);
	if (status == CSTN_OK && o->sensitive)
		status = cstn__sensitive_init(&a->sensitive, &a->table.columns[a->at.sensitive],
				o->flags & CSTN_AGGREGATE_CATEGORICAL, &a->allocator, error);
	return status;
}

void cstn__aggregate_free(cstn__aggregate *a)
{
	cstn__aggregate_drop_cells(a);
	if (a->sensitive.totals)
		cstn__sensitive_free(&a->sensitive);
	if (a->table.columns)
		cstn__coded_table_free(&a->table);
}
