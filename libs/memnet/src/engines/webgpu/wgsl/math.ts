/**
 * exp, log, tanh, logistic and softplus as polynomials, since WGSL bounds the errors of its own functions only loosely and
 * leaves their computation to the device. The coefficients are those of Cephes (S. Moshier) for single precision.
 *
 * A shader compiler may fuse and reorder, and may assume that there are no infinities. So no result here depends on a
 * particular rounding (whole numbers come from floor, log(1 + e) from a series), and infinities and NaN are found by
 * their bits.
 */
/** Statements that compute `p`, a polynomial in `x` with these coefficients, the highest power first. */
function polynomial(x: string, [first, ...others]: readonly string[]): string {
  return [`var p = ${first};`, ...others.map((term) => `p = p * ${x} + ${term};`)].join(" ");
}

export const math = `
fn isFinite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

// e^x for x up to 60; below −87 it is e^−87, a normal float. Infinities and NaN are returned unchanged.
fn expOf(x: f32) -> f32 {
  let bounded = clamp(x, -87.0, 60.0);
  let n = floor(bounded * 1.44269504088896341 + 0.5);
  let r = (bounded - n * 0.693359375) + n * 2.12194440e-4;
  ${polynomial("r", ["1.9875691500e-4", "1.3981999507e-3", "8.3334519073e-3", "4.1665795894e-2", "1.6666665459e-1", "5.0000001201e-1"])}
  let y = (p * (r * r) + r) + 1.0;
  return select(x, y * bitcast<f32>((i32(n) + 127) << 23u), isFinite(x));
}

// Natural logarithm of a normal positive float.
fn logOf(x: f32) -> f32 {
  let bits = bitcast<i32>(x);
  // This exponent leaves a mantissa between √½ and √2.
  let power = (bits - 0x3f3504f3) >> 23u;
  let f = bitcast<f32>(bits - (power << 23u)) - 1.0;
  let z = f * f;
  ${polynomial("f", ["7.0376836292e-2", "-1.1514610310e-1", "1.1676998740e-1", "-1.2420140846e-1", "1.4249322787e-1", "-1.6668057665e-1", "2.0000714765e-1", "-2.4999993993e-1", "3.3333331174e-1"])}
  let e = f32(power);
  let y = f * z * p - e * 2.12194440e-4 - 0.5 * z;
  return select(x, (f + y) + e * 0.693359375, isFinite(x));
}

fn tanhOf(x: f32) -> f32 {
  let z = x * x;
  ${polynomial("z", ["-5.70498872745e-3", "2.06390887954e-2", "-5.37397155531e-2", "1.33314422036e-1", "-3.33332819422e-1"])}
  let near = p * z * x + x;
  let far = sign(x) * (1.0 - 2.0 / (expOf(min(2.0 * abs(x), 60.0)) + 1.0));
  return select(x, select(far, near, abs(x) < 0.625), isFinite(x));
}

// By e^−|x|, so that small results keep their digits.
fn logisticOf(x: f32) -> f32 {
  let e = expOf(-abs(x));
  return select(x, select(e, 1.0, x >= 0.0) / (1.0 + e), isFinite(x));
}

// max(x, 0) + log(1 + e^−|x|); log(1 + e) is 2 artanh(e / (2 + e)), by its series.
fn softplusOf(x: f32) -> f32 {
  let e = expOf(-abs(x));
  let s = e / (2.0 + e);
  let z = s * s;
  ${polynomial("z", ["1.0 / 15.0", "1.0 / 13.0", "1.0 / 11.0", "1.0 / 9.0", "1.0 / 7.0", "1.0 / 5.0", "1.0 / 3.0"])}
  return select(x, max(x, 0.0) + (2.0 * s + 2.0 * s * z * p), isFinite(x));
}
`;
