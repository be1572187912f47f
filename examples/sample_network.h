/* A network that never was: 24 months of order lines, the same on every machine. */
#ifndef CSTN_EXAMPLE_SAMPLE_NETWORK_H
#define CSTN_EXAMPLE_SAMPLE_NETWORK_H

/** Write the order lines as CSV. @return 0, or -1 with errno */
int sample_network_write(const char *path);

/** The columns, for cstn_schema_parse(). */
extern const char *const sample_network_schema;

/** When the sample is looked at: some orders are still open then. */
#define SAMPLE_NETWORK_AS_OF "2026-01-15T00:00:00Z"

#endif
