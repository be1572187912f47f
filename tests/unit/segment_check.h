#ifndef TESTS_SEGMENT_CHECK_H
#define TESTS_SEGMENT_CHECK_H

#include "segment_fixture.h"

/* Write, open, verify what is good: a failure ends the test. */
void segment_write_ok(memory_disk *disk, const char *name, const cstn__store_table *table,
		uint64_t n, uint64_t step, int zlib, cstn__segment_written *out);
cstn__segment *segment_open_ok(memory_disk *disk, const char *name, const cstn__store_table *table);
void segment_verify_ok(cstn__segment *segment);
/* Opens, reads and looks up all; 0 if that gave the rows, else a status. Wrong values end the test.
 */
cstn_status segment_read_all(memory_disk *disk, const char *name, const cstn__store_batch *orders,
		const cstn_allocator *allocator);

#endif
