#ifndef TESTS_NETWORK_FIXTURE_H
#define TESTS_NETWORK_FIXTURE_H

#include <check.h>

#include <constellation/constellation.h>

/* Networks for tests: small records from "field=value" texts, tables from CSV. */

/* A network in memory with partners acme, bolts, carrier and rival, constellations c1 and c2,
 * locations dc and shop, item nut and customer jo. */
cstn_network *network_small(void);

/* A record: fields as "name=value", a line begun by "+", NULL after the last. */
cstn_record *network_record(const char *noun, ...);
/* The same put; the status of the put. `part` NULL, or what its message must hold. */
cstn_status network_put(cstn_network *network, cstn_record *record, const char *part);
/* Put and expect CSTN_OK; the record is let go. */
void network_put_ok(cstn_network *network, cstn_record *record);
/* A transaction; committed, which must succeed, and freed. */
cstn_transaction *network_begin(cstn_network *network);
void network_commit(cstn_transaction *transaction);
/* An order of one line. */
cstn_record *network_order(const char *id, const char *qty, const char *state);

/* CSV text as a stream, typed by a schema text. */
void network_csv(const char *schema, const char *csv, struct ArrowArrayStream *out);
/* Import CSV, recorded at 2024-06-01. */
cstn_status network_import_csv(cstn_network *network, const char *noun, const char *schema,
		const char *csv, uint32_t flags, cstn_row_errors **bad);

/* A stream as CSV text, released; free with cstn_buffer_free(). */
cstn_buffer *network_to_csv(struct ArrowArrayStream *stream);
/* Scan and compare with CSV text. */
void network_scan_is(cstn_network *network, const char *noun, const cstn_scan_options *options,
		const char *expected);

/* Get by up to three texts of a key. */
cstn_record *network_get(cstn_network *network, const char *noun, const char *id);
int64_t network_us(const char *text);

#endif
