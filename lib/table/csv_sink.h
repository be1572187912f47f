#ifndef CSTN_TABLE_CSV_SINK_H
#define CSTN_TABLE_CSV_SINK_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/status.h>

/* A file that appears complete or not at all, gzip when its name ends in .gz. */
typedef struct cstn__csv_sink cstn__csv_sink;

cstn_status cstn__csv_sink_file(const char *path, const cstn_allocator *allocator,
		cstn__csv_sink **out, cstn_error **error);
cstn_status cstn__csv_sink_write(
		cstn__csv_sink *sink, const uint8_t *data, size_t size, cstn_error **error);
/* The rest of gzip, the file to disk, its name in place. */
cstn_status cstn__csv_sink_finish(cstn__csv_sink *sink, cstn_error **error);
/* NULL allowed; what was not finished is removed. */
void cstn__csv_sink_free(cstn__csv_sink *sink);

#endif
