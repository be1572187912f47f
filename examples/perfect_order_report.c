/* The perfect order report: CSV files into networks, one HTML file out.
 *
 *     perfect_order_report [-n FOLDER] [--reload] [--direct] REPORT.html SAMPLE.csv [DIR]
 *
 * Writes the sample network to SAMPLE.csv and reports on it. With DIR, first reports on the data
 * sets found there: olist/, olist_samples/, scms_delivery_history/, online_retail/ and m5/ (with
 * recruit_restaurant/). Each of the first four
 * data set is loaded into a network in FOLDER (without -n: in memory), and every rate is computed
 * from a scan of it; a later run reopens what lies there, unless its files have changed or --reload
 * is given. --direct computes from the files, without networks: the figures are the same. The order
 * log of online_retail/ also becomes a service plan, with cdnow/ to check the models. The shipments
 * of olist/ with olist_samples/, or of the sample, are shared with a partner and a rival. Every
 * number in the report comes from the library's public interface. The last line printed is the path
 * of the report. */
#include "report_chapters.h"

#include "sample_network.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void summary_add(struct summary *summary, const char *id, const char *what,
		const struct answer *answer)
{
	struct summary_row *row = &summary->rows[summary->n];
	const cstn_perfect_order_result *result = answer->result;

	if (summary->n == SUMMARY_ROWS)
		return;
	memset(row, 0, sizeof(*row));
	row->rate = (cstn_rate)CSTN_RATE_INIT;
	if (cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &row->rate, NULL) != CSTN_OK)
		return;
	(void)snprintf(row->id, sizeof(row->id), "%s", id);
	(void)snprintf(row->what, sizeof(row->what), "%s", what);
	(void)snprintf(row->digest, sizeof(row->digest), "%s",
			cstn_service_policy_digest_text(cstn_perfect_order_result_policy(result)));
	(void)cstn_time_format(
			cstn_perfect_order_result_as_of_us(result), row->as_of, sizeof(row->as_of));
	row->excluded = cstn_perfect_order_result_excluded(
			result, CSTN_GROUP_TOTAL, CSTN_REASON_NONE);
	row->pending = cstn_perfect_order_result_pending(result, CSTN_GROUP_TOTAL);
	summary->n++;
}

static void write_summary(struct page *page, const struct summary *summary)
{
	page_put(page, "<section id=\"summary\"><h2>Summary</h2>\n");
	page_table_begin(page, "Each rate with the definition it was made under",
			"what|perfect|counted|rate|Wilson interval|pending|left out|policy|as of",
			1, 0);
	for (size_t i = 0; i < summary->n; i++) {
		const struct summary_row *row = &summary->rows[i];

		page_row_begin(page);
		page_put(page, "<td><a href=\"#%s\">", row->id);
		page_text(page, row->what);
		page_put(page, "</a></td>");
		page_cell_count(page, row->rate.numerator);
		page_cell_count(page, row->rate.denominator);
		page_cell_rate(page, &row->rate);
		page_cell_interval(page, &row->rate);
		page_cell_count(page, row->pending);
		page_cell_count(page, row->excluded);
		page_put(page,
				"<td class=\"n\"><code title=\"%s\">%.12s</code></td>"
				"<td class=\"n\">%.10s</td>",
				row->digest, row->digest, row->as_of);
		page_row_end(page);
	}
	page_table_end(page);
	if (summary->plan[0] != '\0')
		page_put(page,
				"<p>Beside the rates: <a href=\"#customers\">from order log to "
				"service "
				"plan</a>, plan <code>%.12s</code>.</p>\n",
				summary->plan);
	if (summary->forecasts != 0)
		page_put(page, "<p>And <a href=\"#demand\">from demand to forecast</a>.</p>\n");
	page_put(page, "<p>And <a href=\"#sharing\">sharing with a partner and with a "
		       "rival</a>.</p>\n");
	page_put(page, "<p><b>How to read this.</b> A rate is perfect units over counted units. "
		       "Units "
		       "not due yet are pending; units left out are left out for exactly one "
		       "stated "
		       "reason. The interval says how far chance alone may carry the rate (Wilson "
		       "1927, 95 %%). The policy is the digest of the definition: 35 answers to "
		       "the "
		       "questions that move such a rate. Two rates may be compared when their "
		       "digests are equal. A rate over nothing is no rate, neither 0 nor 100 "
		       "%%.</p>"
		       "</section>\n");
}

typedef cstn_status (*chapter)(struct page *page, struct job *job, const char *where,
		struct summary *summary, cstn_error **error);

/* What was asked for on the command line. */
struct request {
	const char *report, *sample, *data; /* data: NULL without */
	struct job job;
};

/* One chapter; says on the terminal what came of it. @return 0 or 1 */
static int write_chapter(struct page *page, struct job *job, const char *name, chapter write,
		const char *where, struct summary *summary)
{
	cstn_error *error = NULL;
	size_t before = summary->n;
	cstn_status status = write(page, job, where, summary, &error);
	char k[NUMBER_SIZE], n[NUMBER_SIZE], value[NUMBER_SIZE];

	if (status != CSTN_OK) {
		fprintf(stderr, "%s: %s: %s\n", name, cstn_status_name(status),
				cstn_error_message(error));
		cstn_error_free(error);
		return 1;
	}
	for (size_t i = before; i < summary->n; i++) {
		const struct summary_row *row = &summary->rows[i];
		int has = (row->rate.valid & CSTN_RATE_HAS_VALUE) != 0;

		printf("%-52s %s of %s, %s, policy %.16s\n", row->what,
				format_count(row->rate.numerator, k),
				format_count(row->rate.denominator, n),
				format_percent(has ? row->rate.value : (double)NAN, value),
				row->digest);
	}
	return 0;
}

/* The chapter of a data set, if its folder is there. */
static int write_data(struct page *page, struct job *job, const char *folder, const char *name,
		chapter write, struct summary *summary)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
		fprintf(stderr, "%s: this path is too long\n", folder);
		return 1;
	}
	if (access(path, R_OK) != 0) {
		printf("%s is not there: left out\n", path);
		return 0;
	}
	return write_chapter(page, job, name, write, folder, summary);
}

/* The chapter on sharing: of the real shipments where they are there, else of the sample's. */
static int write_sharing(struct page *page, const struct request *request, struct summary *summary)
{
	char rows[NUMBER_SIZE], cells[NUMBER_SIZE];
	cstn_error *error = NULL;
	cstn_status status = report_sharing(page, request->data, request->sample, summary, &error);

	if (status != CSTN_OK)
		fprintf(stderr, "sharing: %s: %s\n", cstn_status_name(status),
				cstn_error_message(error));
	else
		printf("%-52s %s rows, %s cells, %d of %d proofs hold\n",
				"Sharing with a partner and with a rival",
				format_count(summary->shared_rows, rows),
				format_count(summary->shared_cells, cells), summary->proofs_held,
				summary->proofs);
	cstn_error_free(error);
	return status != CSTN_OK;
}

static int write_chapters(struct page *page, struct request *request, struct summary *summary)
{
	struct job *job = &request->job;
	const char *data = request->data;
	char a[NUMBER_SIZE], b[NUMBER_SIZE];

	if (data != NULL &&
			(write_data(page, job, data, "olist", report_olist, summary) ||
					write_data(page, job, data, "scms_delivery_history",
							report_scms, summary) ||
					write_data(page, job, data, "online_retail", report_retail,
							summary) ||
					write_data(page, job, data, "online_retail",
							report_customers, summary) ||
					write_data(page, job, data, "m5", report_demand, summary)))
		return 1;
	if (summary->plan[0] != '\0')
		printf("%-52s %s customers in %s segments\n", "From order log to service plan",
				format_count(summary->customers, a),
				format_count(summary->segments, b));
	if (summary->forecasts != 0)
		printf("%-52s %s items, four weeks ahead\n", "From demand to forecast",
				format_count(summary->forecasts, a));
	return write_sharing(page, request, summary) ||
	       write_chapter(page, job, "sample", report_sample, request->sample, summary);
}

static int read_request(int argc, char **argv, struct request *out)
{
	const char *places[3] = {NULL, NULL, NULL};
	int n = 0;

	memset(out, 0, sizeof(*out));
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--reload") == 0)
			out->job.reload = 1;
		else if (strcmp(argv[i], "--direct") == 0)
			out->job.direct = 1;
		else if (strcmp(argv[i], "-n") == 0 && i + 1 < argc)
			out->job.folder = argv[++i];
		else if (argv[i][0] == '-' || n == 3)
			return -1;
		else
			places[n++] = argv[i];
	}
	out->report = places[0];
	out->sample = places[1];
	out->data = places[2];
	return n < 2 ? -1 : 0;
}

static int write_report(const struct request *request, const struct summary *summary,
		const char *chapters, size_t size)
{
	struct page page;

	if (page_open(&page, request->report, "Perfect order report",
			    request->data != NULL ? "Real data and the sample network, computed "
						    "by libconstellation"
						  : "Sample network (generated data), computed by "
						    "libconstellation") != 0) {
		fprintf(stderr, "%s: %s\n", request->report, strerror(errno));
		return 1;
	}
	write_summary(&page, summary);
	(void)fwrite(chapters, 1, size, page.file);
	network_section(&page, &request->job);
	if (page_close(&page) != 0) {
		fprintf(stderr, "%s: it could not be written whole\n", request->report);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct request request;
	struct summary summary = {.n = 0, .plan = ""};
	struct page body = {NULL, 0, 0};
	char *text = NULL;
	size_t size = 0;
	int failed;

	if (read_request(argc, argv, &request) != 0) {
		fprintf(stderr,
				"usage: %s [-n FOLDER] [--reload] [--direct] REPORT.html "
				"SAMPLE.csv [DIR]\n",
				argv[0]);
		return 2;
	}
	if (sample_network_write(request.sample) != 0) {
		fprintf(stderr, "%s: %s\n", request.sample, strerror(errno));
		return 1;
	}
	/* The summary stands first and is known last: chapters go to memory. */
	body.file = open_memstream(&text, &size);
	if (body.file == NULL) {
		perror("open_memstream");
		return 1;
	}
	failed = write_chapters(&body, &request, &summary);
	if (fclose(body.file) != 0)
		failed = 1;
	if (!failed)
		failed = write_report(&request, &summary, text, size);
	free(text);
	if (!failed)
		printf("%s\n", request.report);
	return failed;
}
