#ifndef CSTN_STORE_LITTLE_ENDIAN_H
#define CSTN_STORE_LITTLE_ENDIAN_H

#include <stdint.h>
#include <string.h>

/* Integers of files, little-endian at any address, whatever the machine is. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define CSTN__BIG_ENDIAN 1
#else
#define CSTN__BIG_ENDIAN 0
#endif

static inline uint16_t cstn__le16(uint16_t value)
{
	return CSTN__BIG_ENDIAN ? __builtin_bswap16(value) : value;
}

static inline uint32_t cstn__le32(uint32_t value)
{
	return CSTN__BIG_ENDIAN ? __builtin_bswap32(value) : value;
}

static inline uint64_t cstn__le64(uint64_t value)
{
	return CSTN__BIG_ENDIAN ? __builtin_bswap64(value) : value;
}

static inline uint16_t cstn__load16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return cstn__le16(value);
}

static inline uint32_t cstn__load32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return cstn__le32(value);
}

static inline uint64_t cstn__load64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return cstn__le64(value);
}

static inline void cstn__store16(uint8_t *at, uint16_t value)
{
	value = cstn__le16(value);
	memcpy(at, &value, sizeof(value));
}

static inline void cstn__store32(uint8_t *at, uint32_t value)
{
	value = cstn__le32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void cstn__store64(uint8_t *at, uint64_t value)
{
	value = cstn__le64(value);
	memcpy(at, &value, sizeof(value));
}

#endif
