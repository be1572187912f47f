/* Sharing: the same words signed by a carrier and by a rival, and what each may see of them. */
#include "report_chapters.h"
#include "report_deal.h"
#include "report_grid.h"
#include "report_proofs.h"
#include "report_release.h"
#include "report_shipments.h"
#include "report_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[] = {
		"-", "raw", "pseudonym", "generalised", "aggregated", "noised", "existence"};

/* --- who may see what ------------------------------------------------------------------------- */

#define COLUMNS (DEAL_FIELDS + 1) /* the last: values of the newest shipments */
#define ROWS 3
static const char *const recipients[ROWS] = {"carrier", "rival", "stranger"};
static const char *const headings[COLUMNS] = {
		"id", "promised", "delivered", "customer", "value", "new value"};

struct matrix {
	int32_t level[ROWS][COLUMNS]; /* CSTN_LEVEL_...; 0: denied */
	int32_t reason[ROWS][COLUMNS];
	cstn_buffer *why; /* the rival's path through the steps */
};

static cstn_status ask(const struct deal *deal, const struct asked *asked, cstn_decision **out,
		cstn_error **error)
{
	cstn_request *request = NULL;
	cstn_status status = deal_request(deal, asked, &request, error);

	if (status == CSTN_OK)
		status = cstn_decide(deal->rules, request, out, error);
	cstn_request_unref(request);
	return status;
}

/* The decided fields into their columns. */
static cstn_status fill(const cstn_decision *decision, int row, int newest, struct matrix *matrix,
		cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < cstn_decision_count(decision) && status == CSTN_OK; i++) {
		cstn_decision_field field = {.struct_size = sizeof(field)};
		int column = newest ? COLUMNS - 1 : 0;

		status = cstn_decision_field_at(decision, i, &field, error);
		if (status != CSTN_OK)
			return status;
		while (!newest && column < DEAL_FIELDS - 1 &&
				strcmp(deal_fields[column], field.path) != 0)
			column++;
		matrix->reason[row][column] = field.reason;
		matrix->level[row][column] =
				field.granularity != NULL ? field.granularity->level : 0;
	}
	return status;
}

static cstn_status decide(const struct deal *deal, const struct shipments *shipments,
		struct matrix *out, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (int row = 0; row < ROWS && status == CSTN_OK; row++) {
		const struct asked all = {recipients[row], deal_fields, DEAL_FIELDS, 0,
				shipments->old_from_us, shipments->old_until_us};
		const struct asked values = {recipients[row], &deal_fields[DEAL_FIELDS - 1], 1, 0,
				shipments->old_until_us, shipments->now_us};
		cstn_decision *old = NULL, *newest = NULL;

		status = ask(deal, &all, &old, error);
		if (status == CSTN_OK)
			status = fill(old, row, 0, out, error);
		if (status == CSTN_OK)
			status = ask(deal, &values, &newest, error);
		if (status == CSTN_OK)
			status = fill(newest, row, 1, out, error);
		if (status == CSTN_OK && row == 1)
			status = cstn_decision_explain(newest, &out->why, error);
		cstn_decision_unref(old);
		cstn_decision_unref(newest);
	}
	return status;
}

static const char *word(const struct matrix *matrix, int row, int column)
{
	return level_names[matrix->level[row][column]];
}

static void draw_matrix(struct page *page, const struct matrix *matrix)
{
	struct grid_cell cells[ROWS * COLUMNS];
	const char *from_below[ROWS];

	memset(cells, 0, sizeof(cells));
	for (int row = 0; row < ROWS; row++) {
		from_below[ROWS - 1 - row] = recipients[row];
		for (int column = 0; column < COLUMNS; column++) {
			struct grid_cell *cell = &cells[row * COLUMNS + column];

			cell->x = column;
			cell->y = ROWS - 1 - row;
			cell->value = matrix->level[row][column] == 0
						      ? 0.0
						      : 7.0 - matrix->level[row][column];
			(void)snprintf(cell->text, sizeof(cell->text), "%s",
					word(matrix, row, column));
			(void)snprintf(cell->says, sizeof(cell->says), "%s, %s: %s",
					recipients[row], headings[column],
					matrix->level[row][column] != 0
							? word(matrix, row, column)
							: cstn_decision_reason_name(
									  matrix->reason[row]
											[column]));
		}
	}
	chart_grid(page, "Who may see what",
			"the darker the finer; \"new\" are shipments of the last 90 days and more",
			"field", "", headings, COLUMNS, from_below, ROWS, cells, ROWS * COLUMNS);
}

static void write_matrix(struct page *page, const struct matrix *matrix)
{
	page_put(page, "<h3>Who may see what, and why</h3>\n<pre>%-10s", "");
	for (int column = 0; column < COLUMNS; column++)
		page_put(page, "%-12s", headings[column]);
	for (int row = 0; row < ROWS; row++) {
		page_put(page, "\n%-10s", recipients[row]);
		for (int column = 0; column < COLUMNS; column++)
			page_put(page, "%-12s", word(matrix, row, column));
	}
	page_put(page, "</pre>\n");
	draw_matrix(page, matrix);
	page_put(page, "<p>Carrier and rival signed the same words: raw, all fields. A carrier "
		       "that both sides call a partner gets them, but for names: no legal basis "
		       "was given, so they become pseudonyms. Between competitors a competitive "
		       "field leaves only in cells of several companies, and only when it is 90 "
		       "days old, whatever was signed. A stranger is no member and gets nothing. "
		       "For the shipper alone, why the rival does not get new values:</p>\n<pre>");
	page_text(page, deal_text(matrix->why));
	page_put(page, "</pre>\n");
}

/* --- what leaves ------------------------------------------------------------------------------ */

#define SHOWN 4

static void cell_time(struct page *page, const struct table *table, int64_t row, const char *column,
		int characters)
{
	char text[40] = "";
	int64_t at = table_column(table, column);

	if (!table_is_null(table, row, at))
		(void)cstn_time_format(table_integer(table, row, at), text, sizeof(text));
	page_put(page, "<td>%.*s</td>", characters, text);
}

static void carrier_row(struct page *page, const struct table *table, int64_t row)
{
	const uint8_t *token = table_token(table, row, table_column(table, "customer"));
	int64_t value = table_integer(table, row, table_column(table, "value"));
	char id[SHIPMENT_TEXT];

	page_row_begin(page);
	page_cell(page, text_at(table, row, table_column(table, "shipment_id"), id, sizeof(id)));
	cell_time(page, table, row, "promised", 10);
	cell_time(page, table, row, "delivered", 16);
	page_put(page, "<td><code>");
	for (int i = 0; token != NULL && i < 16; i++)
		page_put(page, "%02x", token[i]);
	page_put(page, "</code></td><td class=\"n\">%" PRId64 ".%02d</td>", value / 100,
			(int)(value % 100));
	page_row_end(page);
}

static void write_rows(struct page *page, const struct released *released)
{
	char rows[NUMBER_SIZE], held[NUMBER_SIZE];
	int64_t n = released->rows.n_rows < SHOWN ? released->rows.n_rows : SHOWN;

	page_put(page,
			"<h3>What leaves</h3>\n<p><b>Carrier:</b> %s rows, two columns stay (whose "
			"data a row is, its number), %s rows stay (before the first whole month). "
			"Names leave as tokens of 16 bytes: the same name has the same token "
			"here, and another one for anybody else.</p>\n",
			format_count((int64_t)released->told.rows, rows),
			format_count((int64_t)released->told.rows_held_back, held));
	page_table_begin(page, "The first rows as the carrier has them",
			"shipment|promised|delivered|customer|value", 4, 0);
	for (int64_t row = 0; row < n; row++)
		carrier_row(page, &released->rows, row);
	page_table_end(page);
}

static void write_cells(struct page *page, const struct released *released, const char *company)
{
	const struct table *table = &released->rows;
	char cells[NUMBER_SIZE];

	page_put(page,
			"<p><b>Rival:</b> %s cells. Each month has rows of at least three "
			"companies (%ss), none with more than 60 %% of them, and is older than 90 "
			"days.</p>\n",
			format_count(table->n_rows, cells), company);
	page_table_begin(page, "All cells as the rival has them", "month|rows|mean value", 1, 1);
	for (int64_t row = 0; row < table->n_rows; row++) {
		page_row_begin(page);
		cell_time(page, table, row, "delivered", 7);
		page_cell_count(page, table_integer(table, row, table_column(table, "rows")));
		page_put(page, "<td class=\"n\">%.2f</td>",
				table_double(table, row, table_column(table, "value_mean")));
		page_row_end(page);
	}
	page_table_end(page);
}

/* The rival asks for what is new, and a stranger for the same. */
static cstn_status write_denied(
		struct page *page, const struct deal *deal, const struct shipments *shipments)
{
	char rival[100], stranger[100];
	cstn_status status = release_denied(deal, shipments, recipients[1], rival);

	if (status == CSTN_OK)
		status = release_denied(deal, shipments, recipients[2], stranger);
	if (status != CSTN_OK)
		return status;
	page_put(page, "<p>For new values the rival is told \"");
	page_text(page, rival);
	page_put(page, "\", a stranger \"");
	page_text(page, stranger);
	page_put(page, "\"; why stands in the shipper's private log.</p>\n");
	return CSTN_OK;
}

static cstn_status let_go(struct page *page, const struct deal *deal,
		const struct shipments *shipments, struct released *carrier,
		struct summary *summary, cstn_error **error)
{
	struct released rival;
	cstn_status status = release_rows(deal, shipments, carrier, error);

	memset(&rival, 0, sizeof(rival));
	if (status == CSTN_OK) {
		write_rows(page, carrier);
		status = release_cells(deal, shipments, &rival, error);
	}
	if (status == CSTN_OK) {
		write_cells(page, &rival, shipments->company);
		summary->shared_rows = (int64_t)carrier->told.rows;
		summary->shared_cells = rival.rows.n_rows;
		status = write_denied(page, deal, shipments);
	}
	released_free(&rival);
	return status;
}

/* --- proofs ----------------------------------------------------------------------------------- */

#define CHECKS 8
struct checks {
	struct check {
		const char *what;
		cstn_status before, after; /* the erasure */
		cstn_status wanted;        /* after; before: CSTN_OK */
		int only_after;
	} rows[CHECKS];
	size_t n;
};

static struct check *check(
		struct checks *checks, const char *what, cstn_status before, cstn_status wanted)
{
	struct check *row = &checks->rows[checks->n++];

	*row = (struct check){what, before, CSTN_OK, wanted, 0};
	return row;
}

static int held(const struct check *row, int after)
{
	return after ? row->after == row->wanted : row->only_after || row->before == CSTN_OK;
}

static const char *says(cstn_status status)
{
	return status == CSTN_OK ? "holds" : status == CSTN_E_ERASED ? "erased" : "fails";
}

static void write_checks(struct page *page, const struct checks *checks, struct summary *summary)
{
	page_table_begin(page, "What can be shown, before and after one customer is erased",
			"what|before|after", 3, 0);
	for (size_t i = 0; i < checks->n; i++) {
		const struct check *row = &checks->rows[i];

		page_row_begin(page);
		page_cell(page, row->what);
		page_cell(page, row->only_after ? "" : says(row->before));
		page_cell(page, says(row->after));
		page_row_end(page);
		summary->proofs += row->only_after ? 1 : 2;
		summary->proofs_held += held(row, 1) + (row->only_after ? 0 : held(row, 0));
	}
	page_table_end(page);
}

/* Does what both signed open with nothing but their public keys? */
static cstn_status signed_by_both(const struct deal *deal, int with)
{
	cstn_agreement *again = NULL;
	size_t size;
	const char *note = cstn_agreement_note(deal->agreements[with], &size);
	cstn_status status = cstn_agreement_open(note, size, deal->keys, NULL, NULL, &again, NULL);

	cstn_agreement_unref(again);
	return status;
}

/* What is shown twice: before and after the erasure. */
struct shown_twice {
	const struct deal *deal;
	const struct released *carrier;
	struct erasure erasure;
	struct proof opened, closed, committed;
};

static const struct {
	const char *what;
	cstn_status wanted; /* after the erasure */
} claims[] = {
		{"carrier and shipper signed the agreement", CSTN_OK},
		{"the shipper's log has the release, the carrier is witness", CSTN_OK},
		{"what the carrier received has the checksum in the log", CSTN_OK},
		{"the carrier signed that it deleted what it had, as it owed", CSTN_OK},
		{"the log has a commitment to the value of the first shipment", CSTN_OK},
		{"the commitment is to that value", CSTN_E_ERASED},
		{"the customer is known", CSTN_E_ERASED},
};
#define CLAIMS (sizeof(claims) / sizeof(claims[0]))

static cstn_status holds(const struct shown_twice *all, size_t claim)
{
	cstn_status status;

	switch (claim) {
	case 0:
		return signed_by_both(all->deal, DEAL_CARRIER);
	case 1:
		return proof_holds(all->deal, &all->opened, NULL);
	case 2:
		status = proof_holds(all->deal, &all->closed, NULL);
		return status == CSTN_OK ? released_verify(all->carrier, all->closed.entry)
					 : status;
	case 3:
		return released_settled(all->deal, all->carrier);
	case 4:
		return proof_holds(all->deal, &all->committed, NULL);
	case 5:
		return erasure_open(&all->erasure, NULL);
	default:
		return erasure_read(&all->erasure, NULL);
	}
}

static cstn_status make_proofs(struct shown_twice *all, cstn_error **error)
{
	cstn_status status = erasure_begin(all->deal, &all->erasure, error);

	if (status == CSTN_OK)
		status = released_delete(all->deal, all->carrier, error);
	if (status == CSTN_OK)
		status = proof_make(
				all->deal, all->carrier->told.opened_index, &all->opened, error);
	if (status == CSTN_OK)
		status = proof_make(
				all->deal, all->carrier->told.closed_index, &all->closed, error);
	if (status == CSTN_OK)
		status = proof_make(all->deal, all->erasure.index, &all->committed, error);
	return status;
}

static cstn_status prove(struct page *page, const struct deal *deal,
		const struct shipments *shipments, const struct released *carrier,
		struct summary *summary, cstn_error **error)
{
	struct shown_twice all;
	struct checks checks = {.n = 0};
	struct check *gone;
	cstn_status status;

	memset(&all, 0, sizeof(all));
	all.deal = deal;
	all.carrier = carrier;
	all.erasure.person = shipments->customer;
	all.erasure.shipment = shipments->first;
	all.erasure.amount = shipments->amount;
	status = make_proofs(&all, error);
	for (size_t i = 0; i < CLAIMS && status == CSTN_OK; i++)
		(void)check(&checks, claims[i].what, holds(&all, i), claims[i].wanted);
	if (status == CSTN_OK)
		status = erasure_do(deal, &all.erasure, error);
	if (status == CSTN_OK) {
		for (size_t i = 0; i < CLAIMS; i++)
			checks.rows[i].after = holds(&all, i);
		gone = check(&checks, "the erasure is in the shipper's private log", CSTN_OK,
				CSTN_OK);
		gone->only_after = 1;
		gone->after = erasure_proved(deal, &all.erasure, NULL);
		page_put(page, "<h3>What can be proved, and what is erased</h3>\n<p>The log holds "
			       "no value, only a salted commitment to it. The customer of the "
			       "first shipment asks to be erased: keys and salts are destroyed, "
			       "and every proof made before goes on to hold.</p>\n");
		write_checks(page, &checks, summary);
	}
	proof_free(&all.opened);
	proof_free(&all.closed);
	proof_free(&all.committed);
	erasure_free(&all.erasure);
	return status;
}

/* --- the chapter ------------------------------------------------------------------------------ */

static cstn_status write_deal(struct page *page, const struct deal *deal,
		const struct shipments *shipments, cstn_error **error)
{
	char rows[NUMBER_SIZE];
	cstn_buffer *words = NULL;
	cstn_status status = cstn_term_text(
			cstn_term_set_at(cstn_agreement_terms(deal->agreements[DEAL_CARRIER]), 0),
			&words, error);

	if (status != CSTN_OK)
		return status;
	page_put(page,
			"<p>%s %s rows: id, promised and delivered, customer, and as value the "
			"%s. A shipper shares them with its carrier and with a rival. %d signed "
			"messages made two agreements; this is what the carrier's says, and the "
			"rival's says the same:</p>\n<details><summary>The term in words</summary>"
			"<pre>",
			shipments->from, format_count(shipments->rows, rows), shipments->value,
			deal->messages);
	page_text(page, deal_text(words));
	page_put(page, "</pre></details>\n");
	cstn_buffer_free(words);
	return CSTN_OK;
}

static cstn_status body(struct page *page, const struct deal *deal,
		const struct shipments *shipments, struct summary *summary, cstn_error **error)
{
	struct matrix matrix = {.why = NULL};
	struct released carrier;
	cstn_status status;

	memset(&carrier, 0, sizeof(carrier));
	chapter_begin(page, "sharing", "Sharing: the same words, a partner and a rival");
	status = write_deal(page, deal, shipments, error);
	if (status == CSTN_OK)
		status = decide(deal, shipments, &matrix, error);
	if (status == CSTN_OK)
		write_matrix(page, &matrix);
	cstn_buffer_free(matrix.why);
	if (status == CSTN_OK)
		status = let_go(page, deal, shipments, &carrier, summary, error);
	if (status == CSTN_OK)
		status = released_sum(&carrier, error);
	if (status == CSTN_OK)
		status = prove(page, deal, shipments, &carrier, summary, error);
	released_free(&carrier);
	chapter_end(page);
	return status;
}

cstn_status report_sharing(struct page *page, const char *folder, const char *sample,
		struct summary *summary, cstn_error **error)
{
	struct shipments shipments;
	struct deal deal;
	cstn_status status = shipments_read(folder, sample, &shipments, error);

	memset(&deal, 0, sizeof(deal));
	deal.now_us = shipments.now_us;
	if (status == CSTN_OK)
		status = deal_make(&deal, error);
	if (status == CSTN_OK)
		status = body(page, &deal, &shipments, summary, error);
	deal_free(&deal);
	shipments_free(&shipments);
	return status;
}
