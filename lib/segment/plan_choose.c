/* The menu of a plan: rows of options as the knapsack of plan_menu.c, and its answer as columns.
 * Options are given to it in the order of segments and labels, so that the choice among equals does
 * not depend on the order of rows. */
#include "base/checked.h"
#include "base/error.h"
#include "segment/plan.h"

#define MONEY_MAX (INT64_C(1) << 41)

typedef struct menu_book {
	const cstn__plan_cell **rows;
	size_t n, segments;
	size_t *first;  /* segments + 1 */
	size_t *choice; /* segments */
	cstn__menu_option *options;
} menu_book;

static cstn_status check_option(const cstn_service_plan *plan, const cstn__plan_cell *row,
		const cstn__plan_cell *before, cstn_error **error)
{
	int k;

	if (cstn__plan_find(plan, row) == SIZE_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a menu for segment '%s', which the plan does not have", row->text);
	if (before && cstn__plan_text_order(before, row) == 0 &&
			cstn__plan_text_order(
					&before[CSTN__MENU_OPTION], &row[CSTN__MENU_OPTION]) == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"segment '%s': option '%s' is there twice", row->text,
				row[CSTN__MENU_OPTION].text);
	for (k = CSTN__MENU_UPLIFT; k <= CSTN__MENU_COST; k++)
		if (row[k].number > MONEY_MAX || row[k].number < -MONEY_MAX)
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"segment '%s', option '%s': %lld is beyond 2^41", row->text,
					row[CSTN__MENU_OPTION].text, (long long)row[k].number);
	for (k = 0; k < CSTN__MENU_CAPACITIES; k++) {
		int64_t use = row[CSTN__MENU_USE + k].number;

		if (use > CSTN__MENU_VALUE_MAX)
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"segment '%s', option '%s': a use of %lld is beyond 2^42",
					row->text, row[CSTN__MENU_OPTION].text, (long long)use);
		if (use && k >= plan->options.n_capacities)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"segment '%s', option '%s' uses capacity %d of %d",
					row->text, row[CSTN__MENU_OPTION].text, k + 1,
					plan->options.n_capacities);
	}
	return CSTN_OK;
}

static cstn_status gather(const cstn_service_plan *plan, menu_book *book, cstn_error **error)
{
	cstn_status status;
	size_t i;
	int k;

	for (i = 0; i < book->n; i++) {
		const cstn__plan_cell *row = book->rows[i], *before = i ? book->rows[i - 1] : NULL;

		status = check_option(plan, row, before, error);
		if (status != CSTN_OK)
			return status;
		if (!before || cstn__plan_text_order(before, row) != 0) {
			if (book->segments == CSTN__MENU_SEGMENTS)
				return cstn__fail(error, CSTN_E_LIMIT,
						"a menu for more than %d segments",
						CSTN__MENU_SEGMENTS);
			book->first[book->segments++] = i;
		}
		if (i - book->first[book->segments - 1] == CSTN__MENU_OPTIONS)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"segment '%s' has more than %d options", row->text,
					CSTN__MENU_OPTIONS);
		book->options[i].value =
				row[CSTN__MENU_UPLIFT].number - row[CSTN__MENU_COST].number;
		for (k = 0; k < CSTN__MENU_CAPACITIES; k++)
			book->options[i].use[k] = row[CSTN__MENU_USE + k].number;
	}
	book->first[book->segments] = book->n;
	return CSTN_OK;
}

static int copy_text(cstn_service_plan *plan, cstn__plan_cell *to, const cstn__plan_cell *from)
{
	*to = *from;
	if (!from->text)
		return 0;
	to->text = cstn__arena_copy(&plan->texts, from->text, from->len);
	return to->text ? 0 : -1;
}

static cstn_status put_choice(cstn_service_plan *plan, const menu_book *book, cstn_error **error)
{
	static const int columns[][2] = {{CSTN__PLAN_MENU_OPTION, CSTN__MENU_OPTION},
			{CSTN__PLAN_MENU_SERVICES, CSTN__MENU_SERVICES},
			{CSTN__PLAN_MENU_PROMISE_DAYS, CSTN__MENU_PROMISE_DAYS},
			{CSTN__PLAN_MENU_SERVICE_LEVEL, CSTN__MENU_LEVEL},
			{CSTN__PLAN_MENU_ORDER_DAYS, CSTN__MENU_ORDER_DAYS},
			{CSTN__PLAN_MENU_MINIMUM_ORDER, CSTN__MENU_MINIMUM},
			{CSTN__PLAN_MENU_UPLIFT, CSTN__MENU_UPLIFT},
			{CSTN__PLAN_MENU_COST, CSTN__MENU_COST}};
	size_t i, c;

	for (i = 0; i < book->segments; i++) {
		const cstn__plan_cell *from = book->rows[book->first[i] + book->choice[i]];
		size_t at = cstn__plan_find(plan, from);

		for (c = 0; c < sizeof(columns) / sizeof(*columns); c++)
			if (copy_text(plan, &cstn__plan_at(plan, at)[columns[c][0]],
					    &from[columns[c][1]]))
				return cstn__fail_nomem(error);
		if (plan->menu.bound > plan->menu.value)
			plan->reasons[at] |= CSTN_PLAN_MENU_GAP;
	}
	return CSTN_OK;
}

cstn_status cstn__plan_choose(
		cstn_service_plan *plan, const cstn__plan_rows *menu, cstn_error **error)
{
	const cstn_allocator *own = &plan->allocator;
	menu_book book;
	cstn__menu problem;
	cstn_status status;

	memset(&book, 0, sizeof(book));
	book.n = cstn__plan_rows_count(menu);
	if (book.n == 0)
		return CSTN_OK;
	status = cstn__plan_sorted(menu, CSTN__MENU_OPTION, own, &book.rows, error);
	if (status != CSTN_OK)
		return status;
	book.first = cstn__alloc(own, cstn__array_size(book.n + 1, sizeof(*book.first)));
	book.choice = cstn__alloc(own, cstn__array_size(book.n, sizeof(*book.choice)));
	book.options = cstn__alloc(own, cstn__array_size(book.n, sizeof(*book.options)));
	if (!book.first || !book.choice || !book.options)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = gather(plan, &book, error);
	if (status == CSTN_OK) {
		memset(&problem, 0, sizeof(problem));
		problem.n = book.segments;
		problem.first = book.first;
		problem.options = book.options;
		problem.capacities = plan->options.n_capacities;
		memcpy(problem.capacity, plan->options.capacity, sizeof(problem.capacity));
		problem.max_nodes = plan->options.max_nodes;
		status = cstn__menu_solve(&problem, own, book.choice, &plan->menu, error);
	}
	if (status == CSTN_OK) {
		plan->has_menu = 1;
		status = put_choice(plan, &book, error);
	}
	cstn__free(own, book.options, cstn__array_size(book.n, sizeof(*book.options)));
	cstn__free(own, book.choice, cstn__array_size(book.n, sizeof(*book.choice)));
	cstn__free(own, book.first, cstn__array_size(book.n + 1, sizeof(*book.first)));
	cstn__free(own, book.rows, cstn__array_size(book.n, sizeof(*book.rows)));
	return status;
}
