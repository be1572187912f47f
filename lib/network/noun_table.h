#ifndef CSTN_NETWORK_NOUN_TABLE_H
#define CSTN_NETWORK_NOUN_TABLE_H

/* For the files that hold rows of the table of nouns, and for noun.c, which puts them together: the
 * nouns, lists of codes that nouns of two files have, and short words for flags and rules. */

#include "network/noun.h"

extern const cstn__noun cstn__noun_partner;
extern const cstn__noun cstn__noun_constellation;
extern const cstn__noun cstn__noun_membership;
extern const cstn__noun cstn__noun_relation;
extern const cstn__noun cstn__noun_purpose;
extern const cstn__noun cstn__noun_item;
extern const cstn__noun cstn__noun_location;
extern const cstn__noun cstn__noun_order;
extern const cstn__noun cstn__noun_order_revision;
extern const cstn__noun cstn__noun_shipment;
extern const cstn__noun cstn__noun_shipment_leg;
extern const cstn__noun cstn__noun_shipment_document;
extern const cstn__noun cstn__noun_event;
extern const cstn__noun cstn__noun_return;
extern const cstn__noun cstn__noun_inventory;
extern const cstn__noun cstn__noun_customer;
extern const cstn__noun cstn__noun_interaction;
extern const cstn__noun cstn__noun_consent;
extern const cstn__noun cstn__noun_partner_identifier;
extern const cstn__noun cstn__noun_partner_attribute;
extern const cstn__noun cstn__noun_verifier;
extern const cstn__noun cstn__noun_field_class;
extern const cstn__noun cstn__noun_member_role;
extern const cstn__noun cstn__noun_sharing_policy;
extern const cstn__noun cstn__noun_deletion;
extern const cstn__noun cstn__noun_line_total;
extern const cstn__noun cstn__noun_log;
extern const cstn__noun cstn__noun_log_entry;
extern const cstn__noun cstn__noun_log_tile;
extern const cstn__noun cstn__noun_sharing_agreement;
extern const cstn__noun cstn__noun_sharing_override;
extern const cstn__noun cstn__noun_sharing_receipt;
extern const cstn__noun cstn__noun_term_usage;
extern const cstn__noun cstn__noun_term_duty;
extern const cstn__noun cstn__noun_term_consideration;
extern const cstn__noun cstn__noun_delivery;
extern const cstn__noun cstn__noun_conflict_set;
extern const cstn__noun cstn__noun_release;
extern const cstn__noun cstn__noun_sharing_state;

extern const char *const cstn__stage_codes[];

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define REQUIRED CSTN__FIELD_REQUIRED
#define LINE CSTN__FIELD_LINE
#define DICTIONARY CSTN__FIELD_DICTIONARY
#define EMPTY CSTN__FIELD_EMPTY
#define OR_CUSTOMER CSTN__FIELD_OR_CUSTOMER
#define OR_GTIN CSTN__FIELD_OR_GTIN
#define ANY CSTN__RULE_ANY
#define TEXT CSTN__RULE_TEXT
#define ID CSTN__RULE_ID
#define REFERENCE CSTN__RULE_REFERENCE
#define CODE CSTN__RULE_CODE
#define RANGE CSTN__RULE_RANGE
#define GLN CSTN__RULE_GLN
#define GTIN CSTN__RULE_GTIN
#define SSCC CSTN__RULE_SSCC
#define LEI CSTN__RULE_LEI
#define DUNS CSTN__RULE_DUNS
#define COUNTRY CSTN__RULE_COUNTRY
#define CURRENCY CSTN__RULE_CURRENCY
#define UNIT CSTN__RULE_UNIT
#define DIGEST CSTN__RULE_DIGEST
#define LONG CSTN__RULE_LONG
#define ATTRIBUTES CSTN__RULE_ATTRIBUTES
#define PURPOSE CSTN__RULE_PURPOSE

#endif
