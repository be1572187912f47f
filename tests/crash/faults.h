#ifndef TESTS_CRASH_FAULTS_H
#define TESTS_CRASH_FAULTS_H

#include <stddef.h>
#include <stdint.h>

#include "layer.h"

/* Which calls fail, and how. */
#define FAULT_KINDS 14u
#define FAULT_ERRORS 5u
typedef struct fault_kind {
	uint32_t kinds; /* bits 1 << sim_kind */
	const char *name;
} fault_kind;
typedef struct fault_error {
	int error;
	const char *name;
} fault_error;
const fault_kind *fault_kind_get(size_t number);
const fault_error *fault_error_get(size_t number);
/* 1: such a call can fail like that. */
int fault_makes_sense(uint32_t kinds, int error);
/* 1: nobody may notice, as it is tried again. */
int fault_is_harmless(uint32_t kinds, int error, int for_ever);

#endif
