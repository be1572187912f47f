#ifndef CSTN_NETWORK_ATTRIBUTES_H
#define CSTN_NETWORK_ATTRIBUTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "network/noun.h"

/* Attributes of an order line: columns that no field foresees, in one text field as a flat JSON
 * object, {"distance":"near","via":"sea"}. A column `attributes.distance` stands for one of them.
 */

#define CSTN__ATTRIBUTES_MAX 32u /* columns of one import, or of one scan */

/* The name of the attribute that a column stands for, or NULL if it stands for none. `noun` NULL:
 * any that has attributes. */
const char *cstn__attribute_of_column(const char *column);
/* The field that holds them; NULL if the noun has none. */
const cstn__field *cstn__attributes_field(const cstn__noun *noun);
/* 1 if it is a name: 1..64 letters, digits, '_', '-' and '.'. */
int cstn__attribute_is_name(const char *name);

/* The rule of the field: 0, CSTN_ROW_LENGTH or CSTN_ROW_VALUE. */
int32_t cstn__attributes_check(const char *text, size_t len);

/* Add `"name":"text"` to an object under construction, which cstn__attributes_end() ends. */
void cstn__attributes_put(cstn__bytes *bytes, const char *name, const char *text, size_t len);
void cstn__attributes_end(cstn__bytes *bytes);

/* The text of one attribute, put behind `bytes`. 1 if it is there, 0 if not. `object` keeps the
 * rule. */
int cstn__attributes_find(const char *object, size_t len, const char *name, cstn__bytes *bytes);

#endif
