/* The chapters of the report, and the summary that they fill. */
#ifndef CSTN_EXAMPLE_REPORT_CHAPTERS_H
#define CSTN_EXAMPLE_REPORT_CHAPTERS_H

#include "report_chapter.h"

#define SUMMARY_ROWS 12

struct summary_row {
	char id[24];
	char what[120];
	cstn_rate rate;
	int64_t excluded, pending;
	char digest[65];
	char as_of[40];
};

/* The headline of each chapter, for the table at the top of the page. */
struct summary {
	struct summary_row rows[SUMMARY_ROWS];
	size_t n;
};

void summary_add(struct summary *summary, const char *id, const char *what,
		const struct answer *answer);

/* Each writes one chapter. @return as source_ask() */
cstn_status report_sample(
		struct page *page, const char *path, struct summary *summary, cstn_error **error);
cstn_status report_olist(
		struct page *page, const char *folder, struct summary *summary, cstn_error **error);
cstn_status report_scms(
		struct page *page, const char *folder, struct summary *summary, cstn_error **error);
cstn_status report_retail(
		struct page *page, const char *folder, struct summary *summary, cstn_error **error);

#endif
