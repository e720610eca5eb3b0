#ifndef GANGLION_CHDF5_SHIM_H
#define GANGLION_CHDF5_SHIM_H
#include <hdf5.h>
#include <stdint.h>
#include <string.h>
// HDF5's identifiers are macros that call H5open(): each becomes a function.
static inline hid_t ch5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t ch5_native_uint16(void) { return H5T_NATIVE_UINT16; }
static inline hid_t ch5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t ch5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t ch5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t ch5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t ch5_std_u8le(void) { return H5T_STD_U8LE; }
static inline hid_t ch5_std_u16le(void) { return H5T_STD_U16LE; }
static inline hid_t ch5_std_i32le(void) { return H5T_STD_I32LE; }
static inline hid_t ch5_std_i64le(void) { return H5T_STD_I64LE; }
static inline hid_t ch5_ieee_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t ch5_ieee_f64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t ch5_c_string(void) { return H5T_C_S1; }
static inline hid_t ch5_std_ref_obj(void) { return H5T_STD_REF_OBJ; }
static inline size_t ch5_variable(void) { return H5T_VARIABLE; }
static inline hid_t ch5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t ch5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t ch5_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t ch5_file_create(void) { return H5P_FILE_CREATE; }
static inline unsigned ch5_acc_rdonly(void) { return H5F_ACC_RDONLY; }
static inline unsigned ch5_acc_excl(void) { return H5F_ACC_EXCL; }

// What follows has other names and fields in other versions of the library.

/// A reference to the object of this name.
static inline herr_t ch5_refer(hobj_ref_t *reference, hid_t place, const char *name) {
    return H5Rcreate(reference, place, name, H5R_OBJECT, -1);
}

/// What tells an object from the others of its file.
typedef struct { uint64_t words[2]; } ch5_key;
static inline int ch5_object_key(hid_t object, ch5_key *key) {
    memset(key, 0, sizeof *key);
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return -1;
    memcpy(key->words, &info.token, sizeof key->words);
#else
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
    key->words[0] = info.addr;
#endif
    return 0;
}

/// Told of a link: its name, its kind (H5L_type_t) and `context`; ends the iteration by returning anything but 0.
typedef int (*ch5_link_visitor)(const char *name, int kind, void *context);
struct ch5_link_call {
    ch5_link_visitor visit;
    void *context;
};
static inline herr_t ch5_link_callback(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    (void)group;
    struct ch5_link_call *call = data;
    return call->visit(name, (int)info->type, call->context);
}
/// Calls `visit` with every link of a group in the order of their names, following none. Negative when that fails.
static inline int ch5_each_link(hid_t group, ch5_link_visitor visit, void *context) {
    struct ch5_link_call call = {visit, context};
    hsize_t index = 0;
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &index, ch5_link_callback, &call);
}
#endif
