/* The chapter from order log to service plan, and what its parts hand on. */
#ifndef CSTN_EXAMPLE_REPORT_CUSTOMERS_H
#define CSTN_EXAMPLE_REPORT_CUSTOMERS_H

#include "report_chapter.h"
#include "report_log.h"
#include "report_show.h"

#define MOST_SEGMENTS 16

/* A customer with a purchase; by id. */
struct buyer {
	int64_t id;
	int segment; /* number in struct customers */
	int64_t clv; /* pence */
};

struct segment {
	char name[40];
	int64_t customers, clv; /* pence */
	double alive, purchases;
};

struct customers {
	struct order_log log;
	cstn_purchases *state;
	int32_t as_of_days;
	struct buyer *buyers;
	size_t n;
	struct segment segments[MOST_SEGMENTS]; /* by name */
	size_t n_segments;
};

/* What a shop knows and its order log does not: told in the report. */
#define MARGIN_PERCENT 35   /* of revenue */
#define CARRYING_PERCENT 25 /* of the value of goods in stock, a year */
#define FADING_PERCENT 1    /* of the value of goods, a cycle of four weeks */
#define COST_ORDER 250      /* pence */
#define COST_LINE 12
#define COST_RETURN 150
#define COST_CREDIT 200
#define AWAY_PERCENT 10 /* what if: so many of 100 do not come again after a failed order */
#define MINUTES 24000   /* of people for special services, a year */

/** Recency, frequency, money: cuts, cells, segments, drift; gives each buyer his segment. */
cstn_status report_rfm(struct page *page, struct customers *customers, cstn_error **error);
/** Clusters of the same customers. */
cstn_status report_clusters(
		struct page *page, const struct customers *customers, cstn_error **error);
/** CDNOW against what was published. @param path of the file @return CSTN_OK also when it is not
 *  there, which the page says */
cstn_status report_cdnow(struct page *page, const char *path, cstn_error **error);
/** What customers will buy and what they are worth; fills clv. */
cstn_status report_value(struct page *page, struct customers *customers, cstn_error **error);
/** Who stays: rates and cohorts. */
cstn_status report_stay(struct page *page, const struct customers *customers, cstn_error **error);
/** What it costs to serve the segments, and the service each gets. @param out_digest of the plan */
cstn_status report_service(struct page *page, const struct customers *customers,
		char out_digest[65], cstn_error **error);

/** The number of a segment by its name, which is added if it is new; -1 if there is no room. */
int segment_of(struct customers *customers, const char *name);
/** The buyer with an id, or NULL. */
const struct buyer *buyer_of(const struct customers *customers, int64_t id);

#endif
