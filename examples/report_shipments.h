/* The shipments that the chapter on sharing is about, real or generated, in the same columns. */
#ifndef CSTN_EXAMPLE_REPORT_SHIPMENTS_H
#define CSTN_EXAMPLE_REPORT_SHIPMENTS_H

#include "report_source.h"

#define SHIPMENT_TEXT 100

struct shipments {
	struct source source; /* shipment_id, company, customer, promised, delivered, value, row */
	char *text;           /* its bytes; free() */
	int64_t rows;
	const char *from;                  /* what they are, as one sentence */
	const char *value;                 /* what the value is: "price in reais" */
	const char *company;               /* whose data a row is: "seller" */
	int64_t now_us;                    /* when they are shared */
	int64_t old_from_us, old_until_us; /* whole months, more than 90 days old */
	/* Of the first of them: what the vault is shown with. */
	char first[SHIPMENT_TEXT], customer[SHIPMENT_TEXT], amount[SHIPMENT_TEXT];
};

/** Read them: from olist/ and olist_samples/ in a folder if both are there, else from the sample
 *  network. @param folder NULL: there is none @param sample file of the sample network
 *  @param out shipments_free() it @return as source_table() */
cstn_status shipments_read(
		const char *folder, const char *sample, struct shipments *out, cstn_error **error);
void shipments_free(struct shipments *shipments);

/** A stream of them. @param reader release with cstn_csv_reader_unref() after the stream */
cstn_status shipments_open(const struct shipments *shipments, cstn_csv_reader **reader,
		struct ArrowArrayStream *out, cstn_error **error);

#endif
