package root

// alpineKeys are the keys with which Alpine signs its packages and indexes: SHA-256 by the name of the file. The files come from
// the mirror, and one with another content is refused.
var alpineKeys = func() map[string]string {
	keys := map[string]string{}
	for id, sum := range map[string]string{
		"4a6a0840": "9c102bcc376af1498d549b77bdbfa815ae86faa1d2d82f040e616b18ef2df2d4",
		"5243ef4b": "ebf31683b56410ecc4c00acd9f6e2839e237a3b62b5ae7ef686705c7ba0396a9",
		"524d27bb": "1bb2a846c0ea4ca9d0e7862f970863857fc33c32f5506098c636a62a726a847b",
		"5261cecb": "12f899e55a7691225603d6fb3324940fc51cd7f133e7ead788663c2b7eecb00c",
		"58199dcc": "73867d92083f2f8ab899a26ccda7ef63dfaa0032a938620eda605558958a8041",
		"58cbb476": "9a4cd858d9710963848e6d5f555325dc199d1c952b01cf6e64da2c15deedbd97",
		"58e4f17d": "780b3ed41786772cbc7b68136546fa3f897f28a23b30c72dde6225319c44cfff",
		"60ac2099": "db0b49163f07ffba64a5ca198bcf1688610b0bd1f0d8d5afeaf78559d73f2278",
		"6165ee59": "207e4696d3c05f7cb05966aee557307151f1f00217af4143c1bcaf33b8df733f",
		"61666e3f": "128d34d4aec39b0daedea8163cd8dc24dff36fd3d848630ab97eeb1d3084bbb3",
		"616a9724": "10877cce0a935e46ad88cb79e174a2491680508eccda08e92bf04fb9bf37fbc1",
		"616abc23": "4a095a9daca86da496a3cd9adcd95ee2197fdbeb84638656d469f05a4d740751",
		"616ac3bc": "0caf5662fde45616d88cfd7021b7bda269a2fcaf311e51c48945a967a609ec0b",
		"616adfeb": "ebe717d228555aa58133c202314a451f81e71f174781fd7ff8d8970d6cfa60da",
		"616ae350": "d11f6b21c61b4274e182eb888883a8ba8acdbf820dcc7a6d82a7d9fc2fd2836d",
		"616db30d": "40a216cbd163f22e5f16a9e0929de7cde221b9cbae8e36aa368b1e128afe0a31",
		"66ba20fe": "7cf4cb8314e6ccc985b0d7f1aa0c6e0a81e3588f69a41f383af7a63d1ba61793",
	} {
		keys["alpine-devel@lists.alpinelinux.org-"+id+".rsa.pub"] = sum
	}
	return keys
}()
