#ifndef CSTN_NETWORK_EVENT_CODE_H
#define CSTN_NETWORK_EVENT_CODE_H

#include <stddef.h>
#include <stdint.h>

/* What an event is, in our words, in those of EPCIS 2.0 / CBV 2.0 and of DCSA Track & Trace 2.2.
 * Each table stands once, in event_code.c. */

enum cstn__event_type {
	CSTN__EVENT_PICKED = 1,
	CSTN__EVENT_PACKED,
	CSTN__EVENT_STAGED,
	CSTN__EVENT_LOADED,
	CSTN__EVENT_DEPARTED,
	CSTN__EVENT_GATE_OUT,
	CSTN__EVENT_GATE_IN,
	CSTN__EVENT_ARRIVED,
	CSTN__EVENT_DISCHARGED,
	CSTN__EVENT_UNPACKED,
	CSTN__EVENT_OUT_FOR_DELIVERY,
	CSTN__EVENT_DELIVERED,
	CSTN__EVENT_ATTEMPT_FAILED,
	CSTN__EVENT_ACCEPTED,
	CSTN__EVENT_INSPECTED,
	CSTN__EVENT_DAMAGED,
	CSTN__EVENT_WRONG,
	CSTN__EVENT_SHORT,
	CSTN__EVENT_RETURNED,
	CSTN__EVENT_RESTOCKED,
	CSTN__EVENT_SCRAPPED,
	CSTN__EVENT_DOCUMENT_RECEIVED,
	CSTN__EVENT_DOCUMENT_APPROVED,
	CSTN__EVENT_DOCUMENT_ISSUED,
	CSTN__EVENT_DOCUMENT_REJECTED,
	CSTN__EVENT_DOCUMENT_VOID,
	CSTN__EVENT_CORRECTION,
	CSTN__EVENT_OTHER,
	CSTN__EVENT_TYPES = CSTN__EVENT_OTHER
};

enum cstn__event_class { CSTN__EVENT_PLANNED = 1, CSTN__EVENT_ESTIMATED, CSTN__EVENT_ACTUAL };

const char *cstn__event_type_name(int32_t type); /* "gate_out" */
const char *cstn__event_class_name(int32_t class);
int32_t cstn__event_type_of(const char *name, size_t len); /* 0: no such */
int32_t cstn__event_class_of(const char *name, size_t len);

/* The words of the Core Business Vocabulary. */
enum cstn__cbv_list {
	CSTN__CBV_STEP,
	CSTN__CBV_DISPOSITION,
	CSTN__CBV_TRANSACTION,
	CSTN__CBV_SOURCE,
	CSTN__CBV_REASON
};
/* 1 and the bare word, static: `text` is the standard's, bare or with its namespace. 0: a URI or
 * CURIE of somebody else. -1: neither. */
int cstn__cbv_word(enum cstn__cbv_list list, const char *text, size_t len, const char **word);

/* What an identifier names, by the scheme of an EPC URI or a GS1 Digital Link: "item"; "other". */
const char *cstn__epc_kind(const char *text, size_t len);
/* 1 for a container number of ISO 6346 by its form: four letters, seven digits. EPC writes it after
 * CSTN__CONTAINER_URN. */
#define CSTN__CONTAINER_URN "urn:epc:id:bic:"
int cstn__is_container(const char *text, size_t len);
/* The kind of a subject that a text begins with, before a slash; NULL if none. */
const char *cstn__subject_kind_of(const char *text, size_t len);

/* Types of documents, ours and theirs: NULL where the other has no word that means the same. */
enum cstn__document_format { CSTN__DOCUMENT_EPCIS, CSTN__DOCUMENT_DCSA };
const char *cstn__document_type_of(enum cstn__document_format format, const char *code);
const char *cstn__document_code_of(enum cstn__document_format format, const char *type, size_t len);

typedef struct cstn__epcis_code {
	int32_t type;
	const char *event, *action; /* as it is written */
	const char *step;           /* NULL: known by event and action */
	const char *needs;          /* disposition it is known by; NULL: any */
	const char *gives;          /* disposition it is written with */
} cstn__epcis_code;
/* CSTN__EVENT_OTHER for what is in no row; NULL arguments are absent members. */
int32_t cstn__epcis_type_of(
		const char *event, const char *action, const char *step, const char *disposition);
const cstn__epcis_code *cstn__epcis_code_of(int32_t type); /* NULL: EPCIS has none */

typedef struct cstn__dcsa_code {
	int32_t type;
	const char *event, *code;
} cstn__dcsa_code;
int32_t cstn__dcsa_type_of(const char *event, const char *code);
const cstn__dcsa_code *cstn__dcsa_code_of(int32_t type); /* NULL: DCSA has none */
/* "ACT" and the class; 0 and NULL for others. */
int32_t cstn__dcsa_class_of(const char *code);
const char *cstn__dcsa_class_code(int32_t class);

#endif
