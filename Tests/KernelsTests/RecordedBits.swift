/// What `KernelProbe` prints.
///
/// A change of these is a change of what every run computes: for the better only if it is meant. Then the probe's new
/// lines are written here, and the runs of before and after are different ones.
enum RecordedBits {
    /// Where products are fused with sums: AVX2 and later.
    static let fused = table(isFused: true)
    /// Where they are not: SSE.
    static let unfused = table(isFused: false)

    /// Kernel, hash where products are fused, and where they are not if that is another.
    private static let lines = """
        product 1x1x1                 35373ace092e47cd
        product 5x3x7                 3311a3418e5706bd 0afad7965883f033
        product 300x17x40             e33e25920da67eed db675d489830ca7d
        product 64x64x64              8e9b15c8b76daf14 e7fe01e6e27da436
        product 33x200x130            b9dbd60011d67729 b4748402eda45cd8
        product 8x100x600             30a4191c169f0482 f9f29098def7c92a
        product 47x48x513             8e29e14f229abd6a 6d23992f29357084
        convolution 1x1               ff81d387e0222cc7 1e9a98afe80d346c
        convolution 1x1 to colours    a322dc9a1abf1d3e dff5a5816ac99b2b
        convolution 3x3 small         7beccadca5a7538c 60632f1ca0eef758
        convolution 3x3 stride 2      fcc5a7e8dc2bcce4 be7825905c298385
        convolution 3x3               b36d3e548365643c f4b2ea8c7dbef829
        convolution 3x3 odd channels  14810a8baec4e68e 0ed3cf585925c88e
        convolution 3x3 wide          716527bf6643df07 e585d476ac0fa725
        convolution 3x3 from colours  352d5ef379c383cb be147ea047107766
        convolution 3x3 to colours    b3d3e4d07b572b78 257cbe5b2fe92876
        convolution up                f95fd362c6f6af28 7d17c65f867c9f8d
        convolution up odd channels   f06a949202e04358 752b427057fd0e38
        convolution down              91594baa8f226873 70b17c8adaca5e56
        convolution down odd channels d6621d8d47fe150a 83209e6aa0dea223
        convolution nearest up        d9366fa02a680b9f 8f72c7cd567fb771
        convolution box down          9344d3c89c92f9c0 401aca73e506c1e8
        epilogue 3                    b52c9e4495fa87b9 aa7c336da9a9c0a2
        epilogue inverse 3            612bed1ed84aa952
        epilogue gradient 3           8ae352591e21dbd6 fd9bd1af030a16e3
        bias gradient 3               45c4ef0002a109f7
        activation gradient 3         9185683513705e85
        scale gradient 3              139bab9612a589d7 f408f7df85034311
        pixel norm 3                  fef10d61bd0cf07e 485e6dedfa93ddef
        epilogue 20                   e86ebfc8e6a3a1ba 6d8b656ae2b4bc10
        epilogue inverse 20           d0c6f97d1b15b960
        epilogue gradient 20          77ca42a365b277fb e78a9262fe36c2fa
        bias gradient 20              d3eaae83517e3acf
        activation gradient 20        7f397bdf1afcb540
        scale gradient 20             6ffe0d2f5d25a430 e713a698295d598a
        pixel norm 20                 c4a2fe2c6fa8c131 7e8771872cc45e59
        epilogue 48                   897d7b194b301d0d 19c78cece1055040
        epilogue inverse 48           016389a372d23c4b
        epilogue gradient 48          dc7309e5047b1a25 5f26745e3cf64c1c
        bias gradient 48              105ad101fd7c26f6
        activation gradient 48        42512a93dcb21414
        scale gradient 48             328f443e833bce86 49568505f6d425b5
        pixel norm 48                 dbe04f042ce1b23a 6bf38228ff2ccd48
        batch norm 3                  c75d82103a92ce12 a3fa24093dd5c061
        batch norm gradient 3         4192b8c0799cb752 1d02d0b7c0d9982a
        batch norm 20                 136d693bd3f050d8 9abe62dbfea02cab
        batch norm gradient 20        5c70f7dd208812a4 a1982bb04432e981
        batch norm 48                 6886e7ab37d26fc7 6f9fd2a62b4c22d8
        batch norm gradient 48        3b499e3f444fcd4f e11e43a2fc05c7bd
        batch norm 64                 fb4fc3091b202048 da370533e96f3685
        batch norm gradient 64        75f821ab9cc9088a 1f8356ed325e9e09
        attention 7x5                 8bb4eef6c9f8b782 a45ef0b9c96c3253
        attention gradient 7x5        5448523cb9400cfd 182ca0cd20baa995
        attention second gradient 7x5 74aa43d6d0ae42a9 ef8652d89c093f3c
        attention 600x70              57e74022c2a0692e fa7aff6a2a869e1c
        attention gradient 600x70     a44dc35bae3b77c4 8c2b77ef6a263ebb
        attention second gradient 600x70 1ba1ed3ce8ca6267 cd783c29ab117f29
        spectral norm                 ef4684666e527e26 bfe760d4be6894c5
        window convolution 3x3 s2     13ad45b5f3b3fdb3 cc8c8ae236b862ab
        window convolution 3x3        f2e1a65f04ea1740 21ea5cbdfddab56c
        window convolution 1x7        2b849b47ad36b3ae 22afbfb67fd63e12
        window convolution 1x1        576c1a48a083faa4 1cd8d13627c11ea8
        window poolings               c8b197148091d0d1
        grouped convolution 16        3f1886c7f9dae78c ab2392bd532656c8
        grouped convolution 20        cf2a83c003b77a16 ab1fe854d9057cea
        grouped convolution 6         afa6e41dd6aa67a7 7fc766356dc2ad1d
        sliding convolution           5c22717462563325 7e27c6e0136e89b4
        4x4 s2, few tiles             7950263275849094 e23a1cc2aeedccd2
        4x4 s2, many tiles            55253d42caceb7c0 b876024562132e85
        4x4 s1, few tiles             1d2b751f3ae8e4ce 928f3d5ee71be59b
        4x4 s1, many tiles            44f0d0a5cae2a7cc 0b27f78a262e48a0
        4x4 to one channel            6327ca5470bf047a 1e3253b28f785715
        predicted convolution         be05d857f4a716f7 e1379c2234492909
        bilinear doubling             5260fad06f343e18 49db40defddc23a8
        modulation                    b0ba1259426ba3a1 b957f8a0720482d4
        bilinear sampling             16fef1af45d3f91a
        affine                        73ea3fc7ee351d31 e075396df9778403
        softplus                      501b101e244226d5
        sigmoid                       27b4b969250db73b
        exponential                   5aba0ccec20de6fe
        logarithm                     e1c1160c955d2c7c
        at least                      b85fd0cd8fd8a533
        mask                          febbd7efaead28a3
        power -2.5                    62fac938a9c79a5d
        power -2.0                    e60d03b1aed9006a
        power -1.5                    95e63a5e31dbb618
        power -1.0                    95d3a56298520d2a
        power -0.5                    492bc64408ebccdc
        power 0.5                     19a2d373541c86b1
        power 2.0                     def0921da4723666
        power 0.3                     841a58f0ce571f40
        broadcast add                 275ae9f55c0d27b9
        broadcast subtract            65c6cd956381a7cf
        broadcast multiply            bb178e6d00c13837
        contract to [6, 50, 1]        ccb2d9a5a50b8dc9 2d41c7d12d6f3e03
        contract to [6, 1, 37]        41a413e547d12380 ff57003a2226fcda
        contract to [1, 50, 37]       c79a279ba6187931 0969e9f4d6d08a0d
        contract to [6, 1, 1]         934de4e6e8838f13 cc73e24d8c1bcf65
        contract to [1, 1, 37]        346a5bce5cff2fb8 de2ad13b08a031b8
        contract to [1, 1, 1]         03e387641bba8c94 f09cf738c99182df
        norm                          50aa4de53508aec2
        distance of samples           f8988bf8b4b5efed
        upsample 3                    ec06af4b05f3724b 4a451553530d418f
        downsample 3                  6fbf27590b02a548 2197082c60e3e64a
        nearest upsample 3            5b6ca53a1e786075
        nearest upsample add 3        a41dc642ebefe2f5
        box downsample 3              a171215f7a957375
        upsample 20                   ad1cb7929fd0b2e3 d45c920157e6760b
        downsample 20                 89645f8ae589522d 8265476d0790c421
        nearest upsample 20           512d1e94933d007d
        nearest upsample add 20       b5add1cd66bfc615
        box downsample 20             d141da73c51dd28d
        upsample 48                   117fd55f136b1180 4697720114aa0b40
        downsample 48                 8765e0403fad5e44 11824897440cf8ca
        nearest upsample 48           b81c4daa04e5b905
        nearest upsample add 48       8c3b0407970d8315
        box downsample 48             908e628e7d98c901
        max pooling 3                 1de5db6d36b5b400
        max pooling 20                ab5ba33ff50e32f4
        max pooling 48                07d753949f43d315
        affine wavelet 1              500d324566dd9b33 f486e503dd90e353
        affine bilinear 1             101378e96402d5df 6a6d8d35041467f3
        affine wavelet 3              e022599ea48e045c c867566804ecf026
        affine bilinear 3             c3148cd0a3d0885d f900d880338da3c2
        affine wavelet 20             f62189f0130b45fa 100e5d805e7888cb
        affine bilinear 20            444c4eab5879ca9e bb0cf76467255a56
        image filter 1                a1a19b16398dace1 ef1c1dae1d1300d0
        image filter 3                b339745909ce8473 29628e9dc13d05ea
        recoloring 1                  cc9b1e9a0778fc9c 7826249faa837af1
        recoloring 3                  d375d449c79bb69e 8315aba8592cdfa3
        uniforms                      700c7e75edbb23d3
        normals                       2b8a08afb63cb31e
        powers                        ec6feb2566293658
        adam                          af136db1af49410f
        moving average                568ab38c8f47ad70
        """

    private static func table(isFused: Bool) -> [String: String] {
        let pairs = lines.split(separator: "\n").map { line -> (String, String) in
            let words = line.split(separator: " ").map(String.init)
            let hashes = words.reversed().prefix { $0.count == 16 && $0.allSatisfy(\.isHexDigit) }
            let name = words.dropLast(hashes.count).joined(separator: " ")
            // In reverse: the last is that of what is not fused.
            return (name, (isFused ? hashes.last : hashes.first) ?? "")
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}
