#ifndef TESTS_PSI_FIXTURE_H
#define TESTS_PSI_FIXTURE_H

#include <constellation/psi.h>

/* Identifiers "v<from>", "v<from + step>", ... */
typedef struct psi_values {
	uint8_t bytes[65536];
	uint64_t ends[4096];
	size_t n;
} psi_values;
void psi_values_make(psi_values *values, size_t from, size_t n, size_t step);

cstn_psi_options psi_options(int32_t mode);
/* New sides with these values. */
cstn_psi_receiver *psi_receiver(const cstn_psi_options *options, const psi_values *values);
cstn_psi_sender *psi_sender(const cstn_psi_options *options, const psi_values *values);
/* A run from end to end; the request and reply are freed. */
cstn_status psi_run(cstn_psi_receiver *receiver, cstn_psi_sender *sender, cstn_psi_result *result);
/* Entropy that is the same at each run; `user` is a uint64_t, its state. */
cstn_status psi_repeatable(void *user, uint8_t *out, size_t size);

#endif
