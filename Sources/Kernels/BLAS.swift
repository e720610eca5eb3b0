import COpenBLAS

func singleThreadedBLAS() { openblas_set_num_threads(1) }
