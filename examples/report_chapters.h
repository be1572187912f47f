/* The chapters of the report, and the summary that they fill. */
#ifndef CSTN_EXAMPLE_REPORT_CHAPTERS_H
#define CSTN_EXAMPLE_REPORT_CHAPTERS_H

#include "report_chapter.h"
#include "report_network.h"

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
	char plan[65];                     /* digest of the service plan; "" without one */
	int64_t customers, segments;       /* of it */
	int64_t forecasts;                 /* items that were forecast; 0 without the chapter */
	int64_t shared_rows, shared_cells; /* of the chapter on sharing */
	int proofs, proofs_held;
};

void summary_add(struct summary *summary, const char *id, const char *what,
		const struct answer *answer);

/* Each writes one chapter: from the network of its data set, which it opens and closes, or from the
 * files. `where` is the folder of the data sets; of the sample, its file. @return as network_open()
 * and source_ask() */
cstn_status report_sample(struct page *page, struct job *job, const char *where,
		struct summary *summary, cstn_error **error);
cstn_status report_olist(struct page *page, struct job *job, const char *where,
		struct summary *summary, cstn_error **error);
cstn_status report_scms(struct page *page, struct job *job, const char *where,
		struct summary *summary, cstn_error **error);
cstn_status report_retail(struct page *page, struct job *job, const char *where,
		struct summary *summary, cstn_error **error);
cstn_status report_demand(struct page *page, struct job *job, const char *where,
		struct summary *summary, cstn_error **error);
/* @param folder NULL: there is none @param sample the file of the sample network */
cstn_status report_sharing(struct page *page, const char *folder, const char *sample,
		struct summary *summary, cstn_error **error);
cstn_status report_customers(struct page *page, struct job *job, const char *where,
		struct summary *summary, cstn_error **error);

#endif
