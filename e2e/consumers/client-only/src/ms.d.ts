// Temporal's declarations name the types of a package that does not bring any.
declare module 'ms' {
  export type StringValue = string;
}
