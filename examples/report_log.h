/* An order log: who bought when for how much, and what came back; one entry an invoice. */
#ifndef CSTN_EXAMPLE_REPORT_LOG_H
#define CSTN_EXAMPLE_REPORT_LOG_H

#include <constellation/constellation.h>

struct log_entry {
	char invoice[24];
	int64_t customer;
	int32_t day;
	int32_t lines;
	int64_t quantity; /* negative: goods came back, or the stock was corrected */
	int64_t value;    /* thousandths of the currency */
};

struct order_log {
	struct log_entry *entries; /* by customer, day, invoice */
	size_t n;
	int64_t rows, rows_with_customer; /* of the file */
	char *csv;                        /* customer,day,value,quantity: an entry a row */
	size_t csv_size;
};

/** The invoices of Online Retail that name a customer. @param out free with log_free() */
cstn_status log_read_retail(const char *path, struct order_log *out, cstn_error **error);
/** The purchases of CDNOW; an "invoice" is a row. @param out free with log_free() */
cstn_status log_read_cdnow(const char *path, struct order_log *out, cstn_error **error);
/** Free; a log of zeros is allowed. */
void log_free(struct order_log *log);

/** What customers bought from one day to another, both included.
 *  @param out free with cstn_purchases_free() */
cstn_status log_purchases(const struct order_log *log, int32_t from_days, int32_t to_days,
		cstn_purchases **out, cstn_error **error);

/** Rows of CSV text as a stream; the text stays until the stream is read. @param out_reader release
 *  with cstn_csv_reader_unref() after the stream */
cstn_status rows_of_text(const char *text, size_t size, const char *schema,
		struct ArrowArrayStream *out, cstn_csv_reader **out_reader, cstn_error **error);

/** Days since 1970-01-01. */
int32_t day_of(int32_t year, int32_t month, int32_t day);

#endif
